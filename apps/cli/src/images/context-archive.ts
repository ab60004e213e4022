import { ds01Error } from '@ds01/contracts/core';

/**
 * A tar archive of these paths of a folder, as chunks, read as fast as it is taken. Links stay links;
 * owners and the bits setuid, setgid and sticky are left out. Fails with `file.denied` for what can't
 * be read, `build.context-invalid` for what changes or goes meanwhile.
 */
export async function* archiveOf(
  folder: string,
  paths: readonly string[],
): AsyncGenerator<Uint8Array, void, undefined> {
  const { Pack } = await import('tar');
  let current = '';
  const pack = new Pack({
    cwd: folder,
    portable: true,
    noDirRecurse: true,
    strict: true,
    maxReadSize: 1024 ** 2,
    // One file under two names is sent as two: the second name may not be wanted without the first.
    linkCache: noLinks(),
    onWriteEntry: (entry) => {
      entry.path = entry.path.slice(2);
      current = entry.path;
      if (entry.stat !== undefined) entry.stat.mode &= ~0o7000;
    },
  });
  // Whoever reads may have gone when a file in work turns out to be unreadable.
  pack.on('error', () => undefined);
  // Without the dot a name such as `c:data` would be taken for a path of another system.
  for (const path of paths) pack.add(`./${path}`);
  pack.end();
  try {
    for await (const chunk of pack) yield chunk;
  } catch (error) {
    throw failureOf(error, folder, current);
  } finally {
    pack.destroy();
  }
}

/** A memory that remembers nothing. */
function noLinks(): Map<`${number}:${number}`, string> {
  const links = new Map<`${number}:${number}`, string>();
  links.set = () => links;
  return links;
}

function failureOf(error: unknown, folder: string, current: string) {
  const read = (name: string): unknown =>
    error instanceof Error ? Reflect.get(error, name) : undefined;
  const given = read('path');
  const path = typeof given === 'string' ? given.replace(`${folder}/`, '') : current;
  if (read('code') === 'EACCES' || read('code') === 'EPERM') {
    return ds01Error('file.denied', {
      message: `The build copies ${path}, which you may not read.`,
      hint: `ls -l '${folder}/${path}'    # or name it in .dockerignore`,
      details: { file: path },
      cause: error,
    });
  }
  return ds01Error('build.context-invalid', {
    message: `${path} changed or went away while it was being sent.`,
    hint: 'run the same command again when nothing writes there, or name it in .dockerignore',
    details: { file: path },
    cause: error,
  });
}
