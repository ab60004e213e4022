import { open } from 'node:fs/promises';
import { ds01Error, formatBytes } from '@ds01/contracts/core';

/**
 * All bytes of a file of the caller, a pipe such as `<(command)` too. Fails with `file.not-found`,
 * `file.denied`, `file.too-large`, and `file.not-a-file` for what can't be read.
 */
export async function readBoundedFile(
  path: string,
  options: { readonly maxBytes: number; readonly flag: string },
): Promise<Uint8Array> {
  const { maxBytes, flag } = options;
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    await using file = await open(path, 'r');
    for (;;) {
      const { bytesRead, buffer } = await file.read({ buffer: Buffer.alloc(65_536) });
      if (bytesRead === 0) break;
      size += bytesRead;
      if (size > maxBytes) break;
      chunks.push(buffer.subarray(0, bytesRead));
    }
  } catch (error) {
    throw unreadable(error, path, flag);
  }
  if (size <= maxBytes) return Buffer.concat(chunks);
  throw ds01Error('file.too-large', {
    message: `${flag} ${path}: more than ${formatBytes(maxBytes)}.`,
    hint: `ls -l ${path}`,
    details: { file: path, maxBytes },
  });
}

function unreadable(error: unknown, path: string, flag: string) {
  const reason: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  const [code, text] =
    reason === 'ENOENT' || reason === 'ENOTDIR'
      ? (['file.not-found', 'there is no such file'] as const)
      : reason === 'EACCES' || reason === 'EPERM'
        ? (['file.denied', 'you may not read it'] as const)
        : (['file.not-a-file', 'it can’t be read as a file'] as const);
  return ds01Error(code, {
    message: `${flag} ${path}: ${text}.`,
    hint: `ls -ld ${path}`,
    details: { file: path },
    cause: error,
  });
}
