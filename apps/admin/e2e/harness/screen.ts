import type { Sandbox } from '@ds01/e2e';

/** A program that fills a terminal of 80 x 24. */
export interface FullScreen {
  readonly type: (keys: string) => void;
  /** Resolves once this is written to the terminal after everything that was waited for before. */
  readonly shows: (text: string) => Promise<void>;
  /** Sends it a signal. */
  readonly signal: (signal: NodeJS.Signals) => void;
  /** Its exit code, and what it wrote in the end. */
  readonly ended: () => Promise<{ readonly code: number | null; readonly rest: string }>;
}

const showsWithinMs = 20_000;

/** Runs `ds01-admin` at a terminal of its own. */
export function openScreen(
  sandbox: Sandbox,
  { user, words }: { readonly user: string; readonly words: readonly string[] },
): FullScreen {
  const program = [sandbox.programs.node, sandbox.programs.entry('admin'), ...words].join(' ');
  const shell = `stty rows 24 cols 80; export TERM=xterm; echo "pid $$."; exec ${program}`;
  const running = sandbox.start(
    ['script', '--quiet', '--flush', '--return', '--command', shell, '/dev/null'],
    { user, keepInput: true, timeoutMs: 90_000 },
  );
  let unread = '';
  let look = (): void => undefined;
  let pid = 0;
  running.child.stdout?.on('data', (text: string) => {
    unread += text;
    if (pid === 0) pid = Number(/pid (\d+)\./.exec(unread)?.[1] ?? 0);
    look();
  });
  return {
    type: (keys) => void running.child.stdin?.write(keys),
    shows: async (text) => {
      const seen = Promise.withResolvers<void>();
      const late = setTimeout(
        () =>
          seen.reject(new Error(`${JSON.stringify(text)} was not shown; there was:\n${unread}`)),
        showsWithinMs,
      );
      look = () => {
        const at = unread.indexOf(text);
        if (at === -1) return;
        unread = unread.slice(at + text.length);
        seen.resolve();
      };
      look();
      try {
        await seen.promise;
      } finally {
        clearTimeout(late);
        look = () => undefined;
      }
    },
    signal: (signal) => void process.kill(pid, signal),
    ended: async () => {
      const { code } = await running.done;
      return { code, rest: unread };
    },
  };
}
