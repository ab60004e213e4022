import { table, type Screen } from '@ds01/command-line';
import type { TopOutput } from '@ds01/contracts';
import { formatBytes, formatDuration } from '@ds01/contracts/core';
import type { CommandContext } from '../context.ts';

/** `ds01 container top`. */
export async function run(context: CommandContext): Promise<number> {
  const { operands, output, runtime, signal } = context;
  const name = operands[0] ?? '';
  const processes = await runtime.api.call('containers.top', { name }, { signal });
  output.result(processes, (screen) => describe(processes, screen));
  return 0;
}

function describe({ processes }: TopOutput, screen: Screen): string {
  return table(
    {
      columns: [
        { heading: 'PID' },
        { heading: 'USER', atLeast: 8, drop: 2 },
        { heading: 'CPU' },
        { heading: 'MEMORY' },
        { heading: 'SINCE', drop: 1 },
        { heading: 'COMMAND', atLeast: 20 },
      ],
      rows: processes.map((process) => [
        String(process.pid),
        process.user,
        `${process.cpuPercent.toFixed(1)}%`,
        formatBytes(process.memoryBytes),
        formatDuration(process.elapsedSeconds * 1000),
        process.command,
      ]),
    },
    screen,
  );
}
