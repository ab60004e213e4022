import { ds01Error, type Ds01Error } from '@ds01/contracts';

const maxPathBytes = 4096;
const maxNameBytes = 255;

/**
 * A path of an archive without `.`, empty parts and a slash at its end; `''` is the context itself.
 * Fails with `build.context-invalid` for one that leads out, and for names that no file here can have.
 */
export function checkPath(given: string): string {
  if (given === '' || /\p{Cc}/u.test(given)) {
    throw invalidContext(given, 'is no name that a file can have here');
  }
  if (given.startsWith('/')) throw invalidContext(given, 'is an absolute path');
  const parts = given.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw invalidContext(given, 'leads out of the context');
  const isTooLong = parts.some((part) => Buffer.byteLength(part) > maxNameBytes);
  if (isTooLong || Buffer.byteLength(given) > maxPathBytes) {
    throw invalidContext(given, 'is longer than a path can be');
  }
  return parts.join('/');
}

/** `build.context-invalid`, naming the path; `''` for the context as a whole. */
export function invalidContext(path: string, what: string): Ds01Error {
  const shown = JSON.stringify(path.length > 300 ? `${path.slice(0, 300)}…` : path);
  return ds01Error('build.context-invalid', {
    message:
      path === ''
        ? `The build context was not understood: ${what}.`
        : `The build context can’t be used: ${shown} ${what}.`,
    hint: 'name in .dockerignore what the build doesn’t need',
    details: path === '' ? {} : { path: path.slice(0, 4096) },
  });
}
