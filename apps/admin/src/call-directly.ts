import type { CallId, RouteInput, RouteOutput } from '@ds01/contracts';
import { isDs01Error } from '@ds01/contracts/core';
import type { CommandContext } from './context.ts';

/** An answer, and who gave it: a daemon, or this process (`down`: beside one that doesn't answer). */
export interface Answer<Output> {
  readonly result: Output;
  readonly from: 'daemon' | 'this process' | 'this process, the daemon being down';
}

/**
 * Calls an operation that only looks, so that root gets an answer in this process too when the daemon
 * of this host doesn't answer. Any other failure, and anybody else's, stays what it is.
 */
export async function callEvenDirectly<Id extends CallId>(
  { runtime, output, signal }: Pick<CommandContext, 'runtime' | 'output' | 'signal'>,
  id: Id,
  input: RouteInput<Id>,
): Promise<Answer<RouteOutput<Id>>> {
  try {
    const result = await runtime.api.call(id, input, { signal });
    return { result, from: runtime.mode === 'daemon' ? 'daemon' : 'this process' };
  } catch (error) {
    const isDown = isDs01Error(error) && error.code === 'daemon.unreachable';
    if (!isDown || runtime.directly === null) throw error;
    output.say('the daemon does not answer; looking without it');
    const own = await runtime.directly();
    try {
      const result = await own.api.call(id, input, { signal });
      return { result, from: 'this process, the daemon being down' };
    } finally {
      own.close();
    }
  }
}
