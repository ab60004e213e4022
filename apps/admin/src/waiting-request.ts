import { ds01Error } from '@ds01/contracts/core';
import type { CommandContext } from './context.ts';

/**
 * Id of the waiting request that an operand names: its id, or the `user/container` that waits. Fails
 * with `queue.not-found`.
 */
export async function waitingRequest(
  { runtime, signal }: Pick<CommandContext, 'runtime' | 'signal'>,
  named: string,
): Promise<string> {
  if (/^q[0-9a-z]{20}$/.test(named)) return named;
  const { entries } = await runtime.api.call('admin.queue', {}, { signal });
  const found = entries.find(({ user, container }) => `${user ?? ''}/${container ?? ''}` === named);
  if (found !== undefined) return found.id;
  throw ds01Error('queue.not-found', {
    message: named.includes('/')
      ? `${JSON.stringify(named)} does not wait for a GPU.`
      : `${JSON.stringify(named)} is no waiting request: those are named as user/container, or by id.`,
    hint: 'ds01-admin queue list',
  });
}
