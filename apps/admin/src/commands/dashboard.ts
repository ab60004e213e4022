import { switchFlag, textFlag } from '@ds01/command-line';
import { ds01Error } from '@ds01/contracts/core';
import type { CommandContext } from '../context.ts';
import { wholeFrame } from '../dashboard/frame.ts';
import type { Look } from '../dashboard/live.ts';
import { initialState, viewNames, type View } from '../dashboard/state.ts';

const refreshMs = 1000;
/** Width of a frame where nobody says how wide lines may be. */
const plainWidth = 100;

/** `ds01-admin dashboard`: live at a terminal; elsewhere, and with `--once` and `--json`, one look. */
export async function run(context: CommandContext): Promise<number> {
  const { flags, output, runtime, signal } = context;
  const view = viewOf(textFlag(flags, 'view'));
  const isLive = output.interactive && !output.json && !switchFlag(flags, 'once');
  if (isLive && output.screen.isTerminal) {
    const { showLive } = await import('../dashboard/live.ts');
    await showLive({
      host: process,
      screen: output.screen,
      view,
      refreshMs,
      nowMs: Date.now,
      signal,
      source: {
        look: (until) => lookAt(runtime, until),
        explain: (container, until) =>
          runtime.api.call('admin.containers.explain', { container }, { signal: until }),
      },
    });
    return 0;
  }
  const look = await lookAt(runtime, signal);
  output.result(look.overview, (screen) => {
    const columns = screen.width ?? plainWidth;
    return wholeFrame({ ...initialState(view), ...look }, { columns, screen, nowMs: Date.now() });
  });
  return 0;
}

/** Everything at one moment. A queue that can't be read takes nothing else away. */
async function lookAt({ api }: CommandContext['runtime'], signal: AbortSignal): Promise<Look> {
  const [overview, queue] = await Promise.all([
    api.call('admin.overview', {}, { signal }),
    api.call('admin.queue', {}, { signal }).catch(() => null),
  ]);
  return { overview, queue };
}

function viewOf(given: string | null): View {
  const view = viewNames.find((name) => name === (given ?? 'overview'));
  if (view !== undefined) return view;
  throw ds01Error('usage.invalid', {
    message: `${JSON.stringify(given)} is no view; there are ${viewNames.join(', ')}.`,
    hint: 'ds01-admin dashboard --once',
  });
}
