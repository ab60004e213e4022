import { setTimeout } from 'node:timers/promises';
import { switchFlag } from '@ds01/command-line';
import type { StatsOutput } from '@ds01/contracts';
import type { CommandContext } from '../context.ts';
import { gpuStatsTable, statsTable } from '../stats-text.ts';

/** Between two looks of `--watch`. */
const watchMs = 2000;

/** Cursor to the upper left corner, and everything from there on away (ECMA-48: CUP, ED). */
const clearScreen = '\u001B[H\u001B[J';

/**
 * `ds01 container stats`. With `--watch` again and again until Ctrl-C, which is its end (130, as of
 * `logs --follow`): a terminal is painted anew, a pipe gets a block each time, with `--json` a line.
 */
export async function run(context: CommandContext): Promise<number> {
  const { flags, operands, output, runtime, signal } = context;
  const input = { name: operands[0] ?? null };
  const look = () => runtime.api.call('containers.stats', input, { signal });
  if (!switchFlag(flags, 'watch')) {
    const stats = await look();
    output.result(stats, () => textOf(context, stats));
    return 0;
  }
  try {
    for (;;) {
      show(context, await look());
      await setTimeout(watchMs, undefined, { signal });
    }
  } catch (error) {
    if (signal.aborted) return 130;
    throw error;
  }
}

function textOf({ flags, output }: CommandContext, stats: StatsOutput): string {
  // `--no-trunc` is kept by the parser as the negation of `trunc`.
  const noTrunc = flags['trunc'] === false;
  const screen = noTrunc ? { ...output.screen, width: null } : output.screen;
  return (switchFlag(flags, 'gpu') ? gpuStatsTable : statsTable)(stats, screen);
}

function show(context: CommandContext, stats: StatsOutput): void {
  const { output } = context;
  if (output.json) process.stdout.write(`${JSON.stringify(stats)}\n`);
  else if (output.interactive) {
    process.stdout.write(`${clearScreen}${textOf(context, stats)}\nCtrl-C ends this\n`);
  } else process.stdout.write(`${textOf(context, stats)}\n\n`);
}
