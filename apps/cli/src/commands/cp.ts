import { switchFlag } from '@ds01/command-line';
import { ds01Error } from '@ds01/contracts/core';
import type { CommandContext } from '../context.ts';
import { copyWithContainer } from '../copy/copy.ts';
import { copyOperandsOf } from '../copy/operands.ts';

/** `ds01 container cp`: files and folders between a container and this side. */
export async function run(context: CommandContext): Promise<number> {
  const { flags, operands: words, output, runtime, signal } = context;
  const [source = '', destination = ''] = words;
  const operands = copyOperandsOf(source, destination);
  const name = operands.inside.container;
  const toStdout = operands.direction === 'out' && operands.local.kind === 'stream';
  if (toStdout && (process.stdout.isTTY === true || output.json)) {
    throw ds01Error('usage.invalid', {
      message: 'An archive goes to a pipe or a file, not to a terminal and not into JSON.',
      hint: `ds01 container cp ${source} - | tar -t`,
    });
  }
  if (switchFlag(flags, 'dryRun')) {
    const { container } = await runtime.api.call('containers.show', { name }, { signal });
    const result = { container, source, destination };
    output.result(result, () => `would copy ${source} to ${destination}`);
    return 0;
  }
  const leftOut: string[] = [];
  await copyWithContainer(
    {
      open: (command, { stdin }) =>
        runtime.api.session(
          'containers.exec',
          { name, command: [...command], tty: false, stdin, size: null },
          { signal },
        ),
      cwd: process.cwd(),
      stdin: process.stdin,
      stdout: process.stdout,
      followLinks: switchFlag(flags, 'followLink'),
      signal,
      say: (line) => {
        leftOut.push(line);
        output.say(line);
      },
    },
    operands,
  );
  if (!toStdout) output.result({ source, destination, leftOut }, () => '');
  return 0;
}
