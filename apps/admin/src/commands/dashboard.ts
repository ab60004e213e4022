import { switchFlag, textFlag } from '@ds01/command-line';
import { ds01Error } from '@ds01/contracts/core';
import type { CommandContext } from '../context.ts';
import { wholeFrame } from '../dashboard/frame.ts';
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
        overview: (until) => runtime.api.call('admin.overview', {}, { signal: until }),
        explain: (container, until) =>
          runtime.api.call('admin.containers.explain', { container }, { signal: until }),
      },
    });
    return 0;
  }
  const overview = await runtime.api.call('admin.overview', {}, { signal });
  output.result(overview, (screen) => {
    const columns = screen.width ?? plainWidth;
    return wholeFrame({ ...initialState(view), overview }, { columns, screen, nowMs: Date.now() });
  });
  return 0;
}

function viewOf(given: string | null): View {
  const view = viewNames.find((name) => name === (given ?? 'overview'));
  if (view !== undefined) return view;
  throw ds01Error('usage.invalid', {
    message: `${JSON.stringify(given)} is no view; there are ${viewNames.join(', ')}.`,
    hint: 'ds01-admin dashboard --once',
  });
}
