import type { Ds01Error } from '@ds01/contracts';
import { ds01Error } from '@ds01/contracts/core';
import type { ClientTarget } from './options.ts';

const refusals: ReadonlySet<unknown> = new Set(['ENOENT', 'ECONNREFUSED', 'EACCES', 'ENOTFOUND']);

/** The error for a daemon that doesn't answer, or whose connection broke. */
export function unreachable(target: ClientTarget, cause: Error): Ds01Error {
  const refused = refusals.has(Reflect.get(cause, 'code'));
  return ds01Error('daemon.unreachable', {
    message: refused
      ? `The DS01 daemon does not answer at ${placeOf(target)}.`
      : `The connection to the DS01 daemon was lost (${cause.message}).`,
    hint: 'ask an administrator to run: systemctl status ds01d',
    cause,
  });
}

function placeOf(target: ClientTarget): string {
  return target.socketPath ?? target.url;
}
