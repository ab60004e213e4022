import { basename } from 'node:path';
import { ds01Error, formatBytes, secretFileSchema, type SecretFile } from '@ds01/contracts';
import { readBoundedFile } from './read-bounded-file.ts';

/** What all secrets of a container may have together. */
const maxBytes = 512 * 1024;

/** Where a secret comes from and what it is called at /run/secrets. */
export interface SecretSource {
  readonly name: string;
  readonly file: string;
}

/**
 * `--secret FILE` (called like the file) or `--secret NAME=FILE`. What stands before the first `=` is a
 * name only when it could be one, so that `--secret ./a=b/key` is a file. Fails with `usage.invalid`.
 */
export function secretSourceOf(value: string): SecretSource {
  const at = value.indexOf('=');
  const named = at !== -1 && isName(value.slice(0, at));
  const file = named ? value.slice(at + 1) : value;
  const name = named ? value.slice(0, at) : basename(value);
  if (file === '') throw invalid(`--secret ${JSON.stringify(value)} names no file.`);
  if (!isName(name)) {
    throw invalid(
      `--secret ${JSON.stringify(value)}: ${JSON.stringify(name)} can’t be its name inside; ` +
        'letters, digits, ".", "_" and "-" can, up to 64 of them.',
    );
  }
  return { name, file };
}

/**
 * Reads the files of `--secret` as the caller, 512 KiB together. Fails with `usage.invalid` for a name
 * that is no file name or is there twice, and with `file.*`.
 */
export async function readSecretFiles(values: readonly string[]): Promise<readonly SecretFile[]> {
  const secrets: SecretFile[] = [];
  let left = maxBytes;
  for (const { name, file } of values.map(secretSourceOf)) {
    if (secrets.some((other) => other.name === name)) {
      throw invalid(`Two secrets are called ${name}; give one another name.`);
    }
    const bytes = await readBoundedFile(file, { maxBytes, flag: '--secret' });
    left -= bytes.length;
    if (left < 0) {
      throw ds01Error('file.too-large', {
        message: `--secret ${file}: all secrets together have more than ${formatBytes(maxBytes)}.`,
        hint: `ls -l ${file}`,
      });
    }
    secrets.push({ name, base64: Buffer.from(bytes).toString('base64') });
  }
  return secrets;
}

function isName(text: string): boolean {
  return secretFileSchema.shape.name.safeParse(text).success && text !== '.' && text !== '..';
}

function invalid(message: string) {
  return ds01Error('usage.invalid', {
    message,
    hint: 'ds01 container deploy thesis --secret token=./token.txt',
  });
}
