import { readFileSync } from 'node:fs';
import { gpuSimCommand } from '@ds01/gpu-sim';
import { cacheDirectory, isSetupError } from '@ds01/setup';
import { accountsSchema } from './accounts.ts';
import { baseImageNames, makeBaseImage } from './base-images.ts';
import { type CommandLine, parseCommandLine, usage, usageError } from './command-line.ts';
import { startDaemon, stopDaemon } from './engine-daemon.ts';
import { hostEnvironment, renderShellLines } from './host-environment.ts';
import { hostPaths } from './host-paths.ts';
import { requireHost } from './host-registry.ts';
import { hostStatus } from './host-status.ts';
import { commandInHost, type HostCommand } from './run-in-host.ts';
import { startHost, stopHost } from './start-host.ts';

const shared = {
  cacheDirectory: cacheDirectory(process.env),
  say: (line: string): void => {
    process.stderr.write(`${line}\n`);
  },
};

type Verb = (line: CommandLine) => Promise<void> | void;

const verbs: Readonly<Record<string, Verb>> = {
  start,
  env: (line) => {
    const state = requireHost(line.name);
    process.stdout.write(renderShellLines(hostEnvironment(state, process.env)));
  },
  exec: (line) => {
    become(prepareExec(line));
  },
  gpus: async (line) => {
    const [command = '--help', ...words] = line.command ?? [];
    const { gpuSimDirectory } = hostPaths(requireHost(line.name).root);
    process.stdout.write(await changeGpus(gpuSimDirectory, command, words));
  },
  image: async (line) => {
    const state = requireHost(line.name);
    const name = baseImageNames.find((known) => known === line.operands[0]);
    if (name === undefined) throw usageError(`image takes one of: ${baseImageNames.join(', ')}`);
    process.stdout.write(`${await makeBaseImage(state, name, shared)}\n`);
  },
  status: (line) => {
    process.stdout.write(`${JSON.stringify(hostStatus(line.name), null, 2)}\n`);
  },
  restart: async (line) => {
    const state = requireHost(line.name);
    await stopDaemon(state, line.signal);
    await startDaemon(state);
  },
  stop: async (line) => {
    const stopped = await stopHost({ ...shared, name: line.name });
    shared.say(stopped ? `stopped docker host '${line.name}'` : `no docker host '${line.name}'`);
  },
  help: () => {
    process.stdout.write(usage);
  },
};

async function start(line: CommandLine): Promise<void> {
  if (line.gpus === undefined) throw usageError('start needs --gpus PRESET|FILE');
  // Interrupted by hand: finish with nothing left instead of half a host.
  const interrupt = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      interrupt.abort();
    });
  }
  const state = await startHost({
    ...shared,
    name: line.name,
    gpus: line.gpus,
    ...(line.gate === undefined ? {} : { gate: line.gate }),
    ...(line.root === undefined ? {} : { root: line.root }),
    engineArguments: line.engineArguments,
    signal: interrupt.signal,
  }).catch((error: unknown) => {
    if (!interrupt.signal.aborted) throw error;
  });
  if (state === undefined || interrupt.signal.aborted) {
    if (state !== undefined) await stopHost({ ...shared, name: line.name });
    process.exitCode = 130;
    return;
  }
  const suffix = line.name === 'default' ? '' : ` --name ${line.name}`;
  shared.say(`docker host '${line.name}' runs in ${state.root}; point a shell at it with:`);
  shared.say(`  eval "$(pnpm docker-host env${suffix})"`);
}

async function changeGpus(
  directory: string,
  command: string,
  words: readonly string[],
): Promise<string> {
  try {
    return await gpuSimCommand(command, ['--directory', directory, ...words]);
  } catch (error) {
    throw usageError(error instanceof Error ? error.message : String(error));
  }
}

function prepareExec(line: CommandLine): HostCommand {
  const command = line.command ?? line.operands;
  if (command.length === 0) throw usageError('exec needs a command: exec -- COMMAND');
  const accounts =
    line.accounts === undefined
      ? undefined
      : accountsSchema.parse(JSON.parse(readFileSync(line.accounts, 'utf8')));
  return commandInHost(requireHost(line.name), command, {
    environment: process.env,
    ...(accounts === undefined ? {} : { accounts }),
  });
}

/** Replaces this process, so that terminal, signals and exit code are the command's own. */
function become(command: HostCommand): void {
  const environment = Object.fromEntries(
    Object.entries(command.environment).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    ),
  );
  // Node ignores these two, and what is ignored stays so across an exec.
  const words = ['env', '--default-signal=PIPE,XFSZ', command.file, ...command.arguments];
  process.execve?.('/usr/bin/env', words, environment);
}

/** pnpm runs scripts in the root; paths and commands mean the folder where they were typed. */
function goWhereTyped(): void {
  const typedIn = process.env['INIT_CWD'];
  const script = process.env['npm_lifecycle_script'];
  if (typedIn && script?.includes('docker-host/src/main.ts')) process.chdir(typedIn);
}

async function main(): Promise<void> {
  goWhereTyped();
  const line = parseCommandLine(process.argv.slice(2));
  const verb = Object.hasOwn(verbs, line.verb) ? verbs[line.verb] : undefined;
  if (verb === undefined) throw usageError(`unknown verb '${line.verb}'`);
  await verb(line);
}

try {
  await main();
} catch (error) {
  if (isSetupError(error)) {
    shared.say(`error: ${error.message}`);
    if (error.hint !== undefined) shared.say(`  ${error.hint}`);
    process.exitCode = error.exitCode;
  } else {
    shared.say(error instanceof Error ? (error.stack ?? error.message) : String(error));
    process.exitCode = 1;
  }
}
