import { ds01Error, type Ds01Error } from '@ds01/contracts';

/**
 * A failed write as an error for people: `internal.storage-full` for a full disk or quota, else
 * `internal.state-unwritable`. `what` names the file or folder.
 */
export function storageError(what: string, cause: unknown): Ds01Error {
  const code = systemCodeOf(cause);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return ds01Error('internal.storage-full', {
      message: `No space is left to write ${what}.`,
      hint: `df -h ${what}`,
      details: { path: what },
      cause,
    });
  }
  const reason = cause instanceof Error ? cause.message : String(cause);
  return ds01Error('internal.state-unwritable', {
    message: `${what} can't be read or written: ${reason}`,
    hint: 'ds01 doctor',
    details: { path: what, reason },
    cause,
  });
}

/** Node's code of a system error (`ENOENT`, ...); `undefined` for anything else. */
export function systemCodeOf(error: unknown): string | undefined {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'string' ? code : undefined;
}
