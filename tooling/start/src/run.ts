import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { stopHost } from '@ds01/docker-host';
import { buildApps, type Sandbox, startSandbox } from '@ds01/e2e';
import { cacheDirectory, createSetupError, withFileLock } from '@ds01/setup';
import { writeDoors } from './doors.ts';
import { readableLine } from './log-lines.ts';
import { accounts, config } from './look.ts';

/** What is started, and where it is told. */
export interface Look {
  /** Name of the docker host; what was there under this name is removed first. */
  readonly host: string;
  readonly gpus: string;
  /** What to type for it in another terminal: `pnpm start` with its options. */
  readonly typed: string;
  readonly print: (text: string) => void;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/**
 * Runs engine, people and daemon until the signal aborts, and removes all of it, however it ends.
 *
 * @throws a setup error: 4 when it runs already; those of `startSandbox`; 6 when the daemon ended by
 *   itself
 */
export async function runLook(look: Look): Promise<void> {
  const lock = join(cacheDirectory(process.env), 'locks', look.host);
  const onWait = (): void => {
    throw createSetupError('DS01 runs here already, in another terminal', {
      exitCode: 4,
      hint: `${look.typed} --as alice, or another one with: pnpm start --name NAME`,
    });
  };
  await withFileLock(lock, () => startAndWait(look), { onWait });
}

async function startAndWait(look: Look): Promise<void> {
  const { host: name, gpus, print, signal } = look;
  const place = { name, cacheDirectory: cacheDirectory(process.env) };
  // What one that was killed left behind.
  await stopHost(place);
  let sandbox: Sandbox | undefined;
  const log = createLogPrinter(print);
  try {
    buildApps();
    signal.throwIfAborted();
    print('Starting a private Docker engine, people and the daemon.\n');
    const say = (line: string): void => print(`  ${line}\n`);
    sandbox = await startSandbox({
      name,
      gpus,
      config,
      accounts,
      say,
      signal,
      daemon: true,
      dataOnDisk: true,
      onLog: (text) => log.take(text),
    });
    signal.throwIfAborted();
    writeDoors(
      sandbox,
      accounts.map((account) => account.name),
    );
    print(introduction(look, sandbox));
    log.keepIn(join(sandbox.host.paths.logDirectory, 'ds01d.log'));
    await endOf(sandbox, signal);
  } finally {
    if (signal.aborted) print('\nEnding: containers, engine and files go.\n');
    log.stop();
    await (sandbox?.stop() ?? stopHost(place));
  }
}

async function endOf(sandbox: Sandbox, signal: AbortSignal): Promise<void> {
  const aborted = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await Promise.race([aborted, sandbox.daemon?.ended()]);
  // Ctrl-C at a terminal reaches the daemon as well; ours comes with it.
  await new Promise((resolve) => setImmediate(resolve));
  if (signal.aborted) return;
  throw createSetupError('the daemon ended by itself', { exitCode: 6 });
}

/** The daemon's log: collected until there is a file for it, then kept there, and what comes is shown. */
function createLogPrinter(print: (text: string) => void) {
  let rest = '';
  let early = '';
  let path: string | null = null;
  let stopped = false;
  const show = (text: string): void => {
    const lines = `${rest}${text}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) print(`${readableLine(line)}\n`);
  };
  const write = (file: string, text: string): void => {
    appendFileSync(file, text);
    show(text);
  };
  return {
    take: (text: string): void => {
      if (stopped) return;
      if (path === null) early += text;
      else write(path, text);
    },
    keepIn: (file: string): void => {
      path = file;
      appendFileSync(file, early);
    },
    stop: (): void => {
      stopped = true;
    },
  };
}

function introduction({ typed }: Look, { host }: Sandbox): string {
  return `
DS01 runs. In another terminal, here:

  ${typed} --as alice
      a shell as alice; also bob, carol (an administrator) and root. To try in it:
      ds01 container deploy thesis --image ds01/busybox --background
      ds01 container run thesis -- nvidia-smi -L
      ds01 gpu status
      curl -H "Authorization: Bearer $(ds01 token create try)" http://127.0.0.1:7480/api/v1/users/me
  ${typed} --as bob -- ds01 container list
      one command

Settings are in ${host.paths.configDirectory}, the daemon's log is in
${join(host.paths.logDirectory, 'ds01d.log')} and below.
Ctrl-C ends all of it and leaves nothing behind.

`;
}
