import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { z } from 'zod';

/** A Unix account name exactly as `getent passwd` prints it; LDAP and all-digit names included. */
export const usernameSchema = z
  .string()
  .min(1)
  .max(256)
  .regex(/^[^\p{Cc}\s:/,'"\\]+$/u)
  .brand<'Username'>();
/** A Unix account name. See {@link usernameSchema}. */
export type Username = z.infer<typeof usernameSchema>;

/** What stands for a user where fewer characters are allowed. Made only by {@link slugOf}. */
export const slugSchema = z
  .string()
  .regex(/^[a-z0-9_]{1,32}$/)
  .brand<'Slug'>();
/** A user's slug. See {@link slugOf}. */
export type Slug = z.infer<typeof slugSchema>;

const maxSlugLength = 32;
const hashSuffix = /_[0-9a-f]{6}$/;

/**
 * The user's slug (docs/reference names): lower-case, cut at the first `@`, other characters to
 * `_`, runs collapsed, edges trimmed, at most 32 characters. A name that isn't its own slug, or
 * that could be mistaken for a suffixed one, gets `_` and 6 hex digits of SHA-256 of the full name,
 * so that two names never share a slug by spelling alone.
 */
export function slugOf(user: Username): Slug {
  const at = user.indexOf('@');
  const cut = at === -1 ? user : user.slice(0, at);
  const base =
    cut
      .toLowerCase()
      .replaceAll(/[^a-z0-9_]/g, '_')
      .replaceAll(/_+/g, '_')
      .replaceAll(/^_|_$/g, '') || 'u';
  if (base === user && base.length <= maxSlugLength && !hashSuffix.test(base)) {
    return slugSchema.parse(base);
  }
  const hash = bytesToHex(sha256(utf8ToBytes(user))).slice(0, 6);
  const stem = base.slice(0, maxSlugLength - 7).replace(/_$/, '');
  return slugSchema.parse(`${stem}_${hash}`);
}

/** Name of a group of the limits file. */
export const groupNameSchema = z
  .string()
  .regex(/^[a-z0-9_]+$/)
  .max(64)
  .brand<'GroupName'>();
/** A group of the limits file. */
export type GroupName = z.infer<typeof groupNameSchema>;

/** The rule for names of containers, projects and images, as shown to people. */
export const objectNameRule =
  'lower-case letters and digits, joined by single ".", "_" or "-", at most 63 characters';

/** Name of a container, project or image as a person types it. */
export const objectNameSchema = z
  .string()
  .max(63)
  .regex(/^[a-z0-9]+([._-][a-z0-9]+)*$/)
  .brand<'ObjectName'>();
/** Name of a container, project or image. */
export type ObjectName = z.infer<typeof objectNameSchema>;

/** A checked name, or why it was refused with the nearest name that would pass. */
export type ObjectNameResult =
  | { readonly ok: true; readonly name: ObjectName }
  | { readonly ok: false; readonly given: string; readonly suggestion: ObjectName };

/**
 * Reads a name that a person typed: lower-cases it and turns spaces into `-`; anything else that
 * breaks {@link objectNameRule} is refused with a suggestion.
 */
export function readObjectName(given: string): ObjectNameResult {
  const name = given.toLowerCase().replaceAll(' ', '-');
  const parsed = objectNameSchema.safeParse(name);
  if (parsed.success) return { ok: true, name: parsed.data };
  const repaired = name
    .normalize('NFKD')
    .replaceAll(/[^a-z0-9._-]+/g, '-')
    .replaceAll(/[._-]{2,}/g, '-')
    .slice(0, 63)
    .replaceAll(/^[._-]+|[._-]+$/g, '');
  const suggestion = objectNameSchema.safeParse(repaired);
  return {
    ok: false,
    given,
    suggestion: suggestion.success ? suggestion.data : objectNameSchema.parse('project'),
  };
}

/** Docker's name of a person's container: `thesis` of `alice` is `thesis._.alice`. */
export function dockerNameOf(name: ObjectName, slug: Slug): string {
  return `${name}._.${slug}`;
}

/**
 * Splits a Docker name `<name>._.<owner>`; `owner` is a slug, or the predecessor's uid. `undefined`
 * for names of another form.
 */
export function splitDockerName(
  dockerName: string,
): { readonly name: string; readonly owner: string } | undefined {
  const bare = dockerName.startsWith('/') ? dockerName.slice(1) : dockerName;
  const at = bare.lastIndexOf('._.');
  if (at <= 0 || at + 3 >= bare.length) return undefined;
  return { name: bare.slice(0, at), owner: bare.slice(at + 3) };
}

/** The repository that holds a person's image: `thesis` of `alice` is `ds01-alice/thesis`. */
export function imageRepositoryOf(name: ObjectName, slug: Slug): string {
  return `ds01-${slug}/${name}`;
}

/** A reference to an image as Docker reads it, without digest ambiguity or control characters. */
export const imageReferenceSchema = z
  .string()
  .max(400)
  .regex(
    /^(?:[a-zA-Z0-9.-]+(?::\d+)?\/)?[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*)*(?::[\w][\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$/,
  )
  .brand<'ImageReference'>();
/** A reference to an image. */
export type ImageReference = z.infer<typeof imageReferenceSchema>;
