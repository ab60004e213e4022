import { z } from 'zod';

const maxLine = 32_768;
const maxPath = 1024;

/**
 * Whether a text is one line whoever reads it, and one that UTF-8 can write: no control characters, no
 * line separators of Unicode, no half surrogates.
 */
export function isOneLine(text: string): boolean {
  return !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text) && text.isWellFormed();
}

/** A value that a Dockerfile can hold as it is: one line, as `ENV` and `LABEL` have no line breaks. */
export const oneLineSchema = z
  .string()
  .max(maxLine)
  .refine(isOneLine, { error: 'one line without control characters' });

/** A word of a command that doesn't go through a shell; line breaks are possible, NUL isn't. */
export const argumentSchema = z
  .string()
  .max(maxLine)
  .refine((text) => !text.includes('\0') && text.isWellFormed(), { error: 'no NUL characters' });

/**
 * What `pip install` is asked for: PEP 508, starting with the name of a package, so that it can't
 * be an option. Its grammar in full is the business of the requirements parser.
 */
export const packageSpecSchema = oneLineSchema
  .max(4096)
  .regex(/^[A-Za-z0-9].*\S$|^[A-Za-z0-9]$/u, { error: 'a package starts with its name' });

/** What conda can be asked for: a name and versions, without extras, markers and addresses. */
export const condaSpecPattern = /^[A-Za-z0-9][A-Za-z0-9._-]*\s*([<>=!~][A-Za-z0-9.*+!_,<>=~ -]*)?$/;

/** A Debian package, optionally with its architecture and version: `libgl1`, `gcc:amd64=4:12.2.0-3`. */
export const systemPackageSchema = z
  .string()
  .max(256)
  .regex(/^[a-z0-9][a-z0-9+.-]*[a-z0-9+.](:[a-z0-9-]+)?(=[A-Za-z0-9.+:~-]+)?$/, {
    error: 'lower-case letters, digits, "+", "-" and ".", optionally "=" and a version',
  });

/** A file or folder below the build context, without `.` and `..` in its path. */
export const contextPathSchema = oneLineSchema
  .min(1)
  .max(maxPath)
  .refine((path) => !path.includes('\\'), { error: 'no backslashes' })
  .refine((path) => path.split('/').every((part) => !['', '.', '..'].includes(part)), {
    error: 'a path below the folder of the Dockerfile',
  });

/** A place in the image; a `/` at its end makes it a folder. */
export const imagePathSchema = oneLineSchema
  .max(maxPath)
  .startsWith('/', { error: 'an absolute path' })
  .refine((path) => !path.includes('\\'), { error: 'no backslashes' });

const referencePattern =
  /^(sha256:[0-9a-f]{64}|([A-Za-z0-9.-]+(:\d+)?\/)?[a-z0-9]+(([._]|__|-+)[a-z0-9]+)*(\/[a-z0-9]+(([._]|__|-+)[a-z0-9]+)*)*(:\w[\w.-]{0,127})?)$/;

/** An image reference without digest, or an image id: `pytorch/pytorch:2.8.0`, `sha256:…`. */
export const imageReferenceSchema = z.string().max(400).regex(referencePattern, {
  error: 'an image such as "pytorch/pytorch:2.8.0"',
});
