import type { CommandOutcome, Sandbox } from '@ds01/e2e';
import type { z } from 'zod';
import { BrokenPromise } from './claim.ts';

/** Where the demo runs its commands and shows them. */
export interface Stage {
  /** Begins a part. */
  readonly heading: (title: string) => void;
  /** Shows a command and what it prints, and gives that back. Fails unless it ends as promised. */
  readonly run: (act: Act) => Promise<CommandOutcome>;
  /** Asks with `--json`, unseen; only what changes nothing is asked so. */
  readonly ask: <Schema extends z.ZodType>(
    words: readonly string[],
    schema: Schema,
    user?: string,
  ) => Promise<z.output<Schema>>;
}

/** A command of the demo. */
export interface Act {
  readonly user?: string;
  readonly words: readonly string[];
  /** Its exit code; 0 when left out. */
  readonly exits?: number;
}

/** A stage in a sandbox. `signal` ends a command that is under way. */
export function createStage(parts: {
  readonly sandbox: Sandbox;
  readonly print: (text: string) => void;
  readonly bold: (text: string) => string;
  readonly signal: AbortSignal;
}): Stage {
  const { sandbox, print, bold, signal } = parts;
  const start = async (words: readonly string[], user?: string): Promise<CommandOutcome> => {
    signal.throwIfAborted();
    const command = sandbox.startDs01(words, user === undefined ? {} : { user });
    const interrupt = (): void => {
      command.child.kill('SIGINT');
    };
    signal.addEventListener('abort', interrupt);
    try {
      return await command.done;
    } finally {
      signal.removeEventListener('abort', interrupt);
      signal.throwIfAborted();
    }
  };
  return {
    heading: (title) => print(`\n${bold(title)}\n`),
    run: async ({ user, words, exits = 0 }) => {
      print(`\n${bold(commandText(words, user))}\n`);
      const outcome = await start(words, user);
      print(indented(outcome.stderr) + indented(outcome.stdout));
      if (exits !== 0) print(`  (exit code ${String(outcome.code)})\n`);
      if (outcome.code === exits) return outcome;
      throw new BrokenPromise(
        `that should have ended with exit code ${String(exits)}, not ${String(outcome.code)}`,
      );
    },
    ask: async (words, schema, user) => (await start([...words, '--json'], user)).json(schema),
  };
}

/** As it looks in a terminal of that person, or of root. */
function commandText(words: readonly string[], user: string | undefined): string {
  const prompt = user === undefined ? 'root#' : `${user}$`;
  return [prompt, 'ds01', ...words.map(quoted)].join(' ');
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function indented(text: string): string {
  const trimmed = text.trimEnd();
  return trimmed === '' ? '' : `${trimmed.replaceAll(/^/gm, '  ')}\n`;
}
