import { textFlag } from '@ds01/command-line';
import { showEvents } from '@ds01/command-line/events';
import type { RouteInput } from '@ds01/contracts';
import { ds01Error, isDs01Error } from '@ds01/contracts/core';
import { callEvenDirectly } from '../call-directly.ts';
import type { CommandContext } from '../context.ts';

/** `ds01-admin events`: everybody's, also while the daemon is down. */
export async function run(context: CommandContext): Promise<number> {
  const { flags, output, signal } = context;
  await refuseOthers(context);
  return showEvents({
    api: {
      list: async (input) => (await callEvenDirectly(context, 'events.list', input)).result,
      summary: async (input) => (await callEvenDirectly(context, 'events.summary', input)).result,
      follow: (input) => streamEvenDirectly(context, 'events.follow', input),
      export: (input) => streamEvenDirectly(context, 'events.export', input),
    },
    flags,
    output,
    signal,
    whose: { user: textFlag(flags, 'user') },
    showsUsers: true,
    command: 'ds01-admin events',
  });
}

/** The operation answers everybody, others with their own; here it is about everybody’s. */
async function refuseOthers(context: CommandContext): Promise<void> {
  const { result } = await callEvenDirectly(context, 'users.me', {});
  if (result.role === 'admin') return;
  throw ds01Error('access.denied', {
    message: 'Only administrators see what happened to everybody.',
    hint: 'ds01 events',
  });
}

/** From the daemon, or from this process while that is down. */
async function streamEvenDirectly<Id extends 'events.follow' | 'events.export'>(
  { runtime, signal }: CommandContext,
  id: Id,
  input: RouteInput<Id>,
): Promise<AsyncIterable<{ readonly bytes: Uint8Array }>> {
  try {
    return await runtime.api.stream(id, input, { signal });
  } catch (error) {
    const isDown = isDs01Error(error) && error.code === 'daemon.unreachable';
    if (!isDown || runtime.directly === null) throw error;
    const own = await runtime.directly();
    return closedAfter(await own.api.stream(id, input, { signal }), () => own.close());
  }
}

async function* closedAfter<T>(chunks: AsyncIterable<T>, close: () => void): AsyncGenerator<T> {
  try {
    yield* chunks;
  } finally {
    close();
  }
}
