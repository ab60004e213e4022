import { statSync, type Stats } from 'node:fs';

/** Younger changes may be followed by others that its times don't tell apart from them. */
const settledMs = 100;

/**
 * Makes reading files cheap that are read often and change seldom: `read` is called for what is at a
 * path when that is something else than last time, by its inode, size and times, or has only just been
 * changed. Nothing there is `null`.
 */
export function rememberFiles<T>(read: (path: string) => T): (path: string) => T | null {
  const known = new Map<string, { readonly mark: string; readonly value: T }>();
  return (path) => {
    const stats = look(path);
    if (stats === undefined) {
      known.delete(path);
      return null;
    }
    const mark = stats === null ? null : markOf(stats);
    const last = known.get(path);
    if (mark !== null && last?.mark === mark) return last.value;
    // What is read now is at least as new as the mark: a change in between is read again.
    const value = read(path);
    if (mark === null) known.delete(path);
    else known.set(path, { mark, value });
    return value;
  };
}

/** `undefined` without anything there, `null` where it can't be said what is there. */
function look(path: string): Stats | null | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return null;
  }
}

function markOf({ dev, ino, size, mode, mtimeMs, ctimeMs }: Stats): string | null {
  if (Date.now() - Math.max(mtimeMs, ctimeMs) < settledMs) return null;
  return `${dev} ${ino} ${size} ${mode} ${mtimeMs} ${ctimeMs}`;
}
