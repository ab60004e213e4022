import { findHostRoot } from '@ds01/docker-host';
import { createSetupError, isSetupError } from '@ds01/setup';
import { type CommandLine, parseCommandLine, usage } from './command-line.ts';
import { doorTo } from './doors.ts';
import { enter } from './enter.ts';
import { runLook } from './run.ts';

const print = (text: string): void => {
  process.stdout.write(text);
};

function listenForInterrupt(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => controller.abort());
  }
  return controller.signal;
}

function typedFor(line: CommandLine): string {
  return line.host === 'start' ? 'pnpm start' : `pnpm start --name ${line.host.slice(6)}`;
}

async function main(): Promise<number> {
  const line = parseCommandLine(process.argv.slice(2));
  if (line.help) {
    print(usage);
    return 0;
  }
  if (process.getuid?.() !== 0) {
    throw createSetupError('this needs root: it starts a Docker engine and becomes people', {
      exitCode: 7,
      hint: `sudo ${typedFor(line)}`,
    });
  }
  if (line.as !== undefined) {
    const door = doorTo(findHostRoot(line.host) ?? '', { host: line.host, person: line.as });
    enter(door, { person: line.as, command: line.command, terminal: process.env['TERM'] });
    throw createSetupError('this Node can not become another program', { exitCode: 1 });
  }
  const signal = listenForInterrupt();
  const look = { host: line.host, gpus: line.gpus ?? 'a100x4-mig', typed: typedFor(line) };
  try {
    await runLook({ ...look, print, signal });
  } catch (error) {
    if (!signal.aborted || isSetupError(error)) throw error;
  }
  return 130;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!isSetupError(error)) throw error;
  const hint = error.hint === undefined ? '' : `  try: ${error.hint}\n`;
  process.stderr.write(`error: ${error.message}\n${hint}`);
  process.exitCode = error.exitCode;
}
