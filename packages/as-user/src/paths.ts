import { normalize } from 'node:path';
import { ds01Error } from '@ds01/contracts';

/**
 * An absolute path without `.`, `..`, doubled slashes and one at the end. Fails with
 * `workspace.invalid` when it isn't absolute, or has a control character such as a newline.
 */
export function checkedPath(path: string): string {
  if (!path.startsWith('/') || /[\0-\x1f\x7f]/.test(path)) {
    throw ds01Error('workspace.invalid', {
      message: `${JSON.stringify(path)} is not an absolute path of printable characters.`,
      hint: 'pwd',
      details: { path },
    });
  }
  return normalize(path).replace(/(?<=.)\/$/, '');
}

/** A path as one word of a shell. */
export function quoted(path: string): string {
  return `'${path.replaceAll("'", `'\\''`)}'`;
}
