import { showEvents } from '@ds01/command-line/events';
import type { CommandContext } from '../context.ts';

/** `ds01 events`: the caller's own. */
export async function run({ runtime, flags, output, signal }: CommandContext): Promise<number> {
  const { api } = runtime;
  return showEvents({
    api: {
      list: (input) => api.call('events.list', input, { signal }),
      summary: (input) => api.call('events.summary', input, { signal }),
      follow: (input) => api.stream('events.follow', input, { signal }),
      export: (input) => api.stream('events.export', input, { signal }),
    },
    flags,
    output,
    signal,
    whose: { own: true },
    showsUsers: false,
    command: 'ds01 events',
  });
}
