import { setTimeout as delay } from 'node:timers/promises';
import { completeWords, noCompletion, plainText, type Completion } from '@ds01/command-line';
import { openApi, readEnvironment } from '@ds01/composition/open';
import { program } from '../program.ts';
import { version } from '../version.ts';
import { valuesFor, type Known } from './values.ts';

/** A shell that waits longer than this feels broken. */
const patienceMs = 1000;

/**
 * `ds01 __complete <name> <word...>`: what the shell may offer, a line each (value, tab, description),
 * then `:files`, `:folders` and `:open` where they apply. It never fails and never says anything else:
 * where nothing is known, or not in time, there is nothing to offer.
 */
export async function answerCompletion(words: readonly string[]): Promise<void> {
  const [calledAs = program.name, ...line] = words;
  const inTime = new AbortController();
  const late = delay(patienceMs, noCompletion, { signal: inTime.signal }).catch(() => noCompletion);
  const found = completeWords(program, { calledAs, words: line }, (request) =>
    valuesFor(request, askWith(AbortSignal.timeout(patienceMs))).catch(() => noCompletion),
  ).catch(() => noCompletion);
  const text = linesOf(await Promise.race([found, late]));
  inTime.abort();
  process.stdout.write(text, () => {
    // The shell waits for the end of this process; whatever it still asks has nobody to be told to.
    // oxlint-disable-next-line unicorn/no-process-exit
    process.exit(0);
  });
}

function askWith(signal: AbortSignal): Known {
  return {
    ask: async (actFor, question) => {
      const ids = { uid: process.getuid?.() ?? -1, gid: process.getgid?.() ?? -1 };
      const ignore = (): undefined => undefined;
      const opened = await openApi(readEnvironment(process.env, ids), {
        version,
        actFor,
        dryRun: true,
        logger: { debug: ignore, warn: ignore, error: ignore },
        say: ignore,
      });
      try {
        return await question(opened.api, signal);
      } finally {
        opened.close();
      }
    },
  };
}

/** What no shell takes for anything but a word: a shell puts a candidate into the line as it is. */
const harmlessWord = /^[\p{L}\p{N}\p{M}_@%+=:,./~^-]+$/u;

/** The lines that a shell reads; a folder, say, may be called like a command to run. */
export function linesOf({ candidates, paths, open }: Completion): string {
  const lines = [
    ...candidates
      .filter(({ value }) => harmlessWord.test(value) && !value.startsWith(':'))
      .map(({ value, description }) =>
        description === undefined ? value : `${value}\t${plainText(description)}`,
      ),
    ...(paths === null ? [] : [`:${paths}`]),
    ...(open ? [':open'] : []),
  ];
  return lines.map((line) => `${line}\n`).join('');
}
