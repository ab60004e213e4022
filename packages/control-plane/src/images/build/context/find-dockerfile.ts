import { ds01Error } from '@ds01/contracts';
import { createByteReader } from './byte-reader.ts';
import { checkPath } from './paths.ts';
import { readTar } from './read-tar.ts';
import { utf8 } from './tar-format.ts';

/** As much as `images.build` takes. */
const longestBytes = 500_000;

/**
 * Text of the Dockerfile in an archive, which is read up to it. Fails with `dockerfile.not-found`,
 * `dockerfile.invalid` for one that is long or no text, and `build.context-invalid`.
 */
export async function findDockerfile(
  archive: AsyncIterable<Uint8Array>,
  path: string,
): Promise<string> {
  const wanted = checkPath(path);
  const reader = createByteReader(archive);
  for await (const { entry, contents } of readTar(reader)) {
    const isWanted = entry.kind === 'file' && entry.path === wanted;
    if (isWanted && entry.sizeBytes > longestBytes) throw invalid(path, 'is too long');
    const pieces: Buffer[] = [];
    for await (const piece of contents) if (isWanted) pieces.push(piece);
    if (!isWanted) continue;
    const text = utf8(Buffer.concat(pieces));
    if (text === null || text.trim() === '') throw invalid(path, 'is empty or no text');
    return text;
  }
  throw ds01Error('dockerfile.not-found', {
    message: `There is no ${path} in the archive.`,
    hint: 'say which file it is: ?dockerfile=PATH',
  });
}

function invalid(path: string, what: string) {
  return ds01Error('dockerfile.invalid', {
    message: `The Dockerfile ${path} of the archive ${what}.`,
    hint: 'ds01 image lint',
  });
}
