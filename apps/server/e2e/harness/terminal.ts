import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { RunningCommand } from '@ds01/e2e';
import type { DaemonSandbox } from './use-sandbox.ts';

/** A person's shell at a terminal of its own. */
export interface Terminal {
  /** Types keys; `\r` is Enter. */
  readonly type: (keys: string | Uint8Array) => void;
  /**
   * Resolves once the terminal shows the text after everything that was seen before; gives what came
   * until then.
   */
  readonly shows: (text: string) => Promise<string>;
  /** Resolves once the command has ended; gives what it printed. */
  readonly back: () => Promise<string>;
  /** Types a command, and gives what it printed when it has ended. */
  readonly ask: (command: string) => Promise<string>;
  /** Changes the window's size as a person who pulls at its corner does. */
  readonly resize: (size: { readonly columns: number; readonly rows: number }) => void;
  /** The terminal's settings, as `stty -a` shows them. */
  readonly settings: () => string;
  /** Ends the shell, as a window that is closed. */
  readonly close: () => Promise<void>;
}

const prompt = 'his-terminal';
const showsWithinMs = 10_000;

/** Opens a terminal where `ds01` is the built program, run by `user`. */
export async function openTerminal(sandbox: DaemonSandbox, user: string): Promise<Terminal> {
  const running = sandbox.start(
    ['script', '--quiet', '--flush', '--command', 'exec sh', '/dev/null'],
    {
      user,
      keepInput: true,
      timeoutMs: 110_000,
    },
  );
  const seen = follow(running);
  const type = (keys: string | Uint8Array): void => void running.child.stdin?.write(keys);
  const back = async (): Promise<string> => (await seen.until(prompt)).trim();
  const ask = (command: string): Promise<string> => {
    type(`${command}\r`);
    return back();
  };
  const program = (name: string): string => join(sandbox.host.paths.root, 'programs', name);
  const alias = `ds01='${program('node')} ${program('cli/main.js')}'`;
  // Nothing that is typed here is shown, so that what is waited for was printed by a program.
  type(`stty rows 24 cols 80 -echo; alias ${alias}; PS1=his''-terminal\r`);
  await back();
  const device = /\/dev\/pts\/\d+/.exec(await ask('tty'))?.[0] ?? '';
  const stty = (...words: readonly string[]): string => {
    const result = spawnSync('stty', ['-F', device, ...words], { encoding: 'utf8' });
    if (result.status !== 0) throw new Error(result.stderr);
    return result.stdout;
  };
  return {
    type,
    shows: seen.until,
    back,
    ask,
    resize: ({ columns, rows }) => void stty('rows', String(rows), 'cols', String(columns)),
    settings: () => stty('-a'),
    close: async () => {
      running.child.kill('SIGKILL');
      await running.done;
    },
  };
}

/** Waits for texts in what a program prints. */
function follow(running: RunningCommand): {
  readonly until: (text: string) => Promise<string>;
} {
  let unread = '';
  let look = (): void => undefined;
  running.child.stdout?.on('data', (text: string) => {
    unread += text;
    look();
  });
  return {
    until: (text) =>
      new Promise((resolve, reject) => {
        const late = setTimeout(() => {
          look = () => undefined;
          reject(new Error(`${JSON.stringify(text)} was not shown; there was:\n${unread}`));
        }, showsWithinMs);
        look = () => {
          const at = unread.indexOf(text);
          if (at === -1) return;
          clearTimeout(late);
          look = () => undefined;
          const before = unread.slice(0, at);
          unread = unread.slice(at + text.length);
          resolve(before);
        };
        look();
      }),
  };
}
