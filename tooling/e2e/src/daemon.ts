import { existsSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { type CommandLine, type RunningCommand, startCommand } from './command.ts';

/** The daemon of a sandbox. */
export interface SandboxDaemon {
  readonly socketPath: string;
  /** Its process now; fails when it doesn't run. */
  readonly pid: () => number;
  /** Starts it again after `stop` or `kill`, and waits until it is ready. */
  readonly start: () => Promise<void>;
  /** SIGTERM, until it has ended; throws when its exit code isn't 0. */
  readonly stop: () => Promise<void>;
  /** SIGKILL, until it has ended. */
  readonly kill: () => Promise<void>;
  /** Resolves when the process that runs now has ended, whoever ended it. */
  readonly ended: () => Promise<void>;
  /** Everything that it logged since it was last started. */
  readonly log: () => string;
}

const readyWithinMs = 20_000;
const forEver = 2_000_000_000;

/** Controls a daemon that a command line starts; it isn't running yet. */
export function createDaemon(
  line: CommandLine,
  options: { readonly runDirectory: string; readonly onLog: (text: string) => void },
): SandboxDaemon {
  const socketPath = join(options.runDirectory, 'ds01.sock');
  let running: RunningCommand | null = null;
  let log = '';
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (running === null) return 0;
    running.child.kill(signal);
    const { code } = await running.done;
    running = null;
    return code;
  };
  return {
    socketPath,
    pid: () => {
      if (running === null) throw new Error('the daemon does not run');
      return running.pid;
    },
    start: async () => {
      if (running !== null) throw new Error('the daemon runs already');
      log = '';
      const started = startCommand(line, { timeoutMs: forEver });
      running = started;
      started.child.stderr?.on('data', (text: string) => {
        log += text;
        options.onLog(text);
      });
      await untilReady(socketPath, started, () => log);
    },
    stop: async () => {
      const code = await end('SIGTERM');
      if (code !== 0) throw new Error(`the daemon ended with ${String(code)}:\n${log}`);
    },
    kill: async () => {
      await end('SIGKILL');
    },
    ended: async () => {
      await running?.done.catch(() => undefined);
    },
    log: () => log,
  };
}

async function untilReady(
  socketPath: string,
  daemon: RunningCommand,
  log: () => string,
): Promise<void> {
  const untilMs = Date.now() + readyWithinMs;
  let ended = false;
  const onEnd = (): void => {
    ended = true;
  };
  daemon.done.then(onEnd, onEnd);
  while (Date.now() < untilMs && !ended) {
    if (existsSync(socketPath) && (await isReady(socketPath))) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  daemon.child.kill('SIGKILL');
  throw new Error(`the daemon did not get ready:\n${log()}`);
}

function isReady(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request({ socketPath, path: '/readyz' }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    asked.on('error', () => resolve(false));
    asked.end();
  });
}
