import { createInterface } from 'node:readline/promises';
import { ds01Error } from '@ds01/contracts/core';
import { box } from './box.ts';
import type { Lesson } from './command.ts';
import { switchFlag, type FlagValues } from './flags.ts';
import type { Output } from './output.ts';
import type { Screen } from './screen.ts';

/** The paragraphs of a lesson under a title, for a screen. */
export function lessonText(title: string, paragraphs: readonly string[], screen: Screen): string {
  const plain = paragraphs.map((text) => text.replaceAll('`', ''));
  return box(title, spaced(plain), screen);
}

function spaced(paragraphs: readonly string[]): readonly string[] {
  return paragraphs.flatMap((text, index) => (index === 0 ? [text] : ['', text]));
}

/** What a lesson goes around. */
export interface Lecture {
  /** Name of the command. */
  readonly title: string;
  readonly lesson: Lesson;
  readonly flags: FlagValues;
  readonly output: Output;
  readonly signal: AbortSignal;
  /** Tells whether it went well by its exit code. */
  readonly wentWell: (exitCode: number) => boolean;
}

/**
 * Explains, runs, and says what has happened. Somebody at a terminal presses Enter in between, unless
 * `--yes` is given; leaving there fails with `operation.interrupted`, and nothing was done. With
 * `--json` nothing is explained.
 */
export async function teachAround(lecture: Lecture, run: () => Promise<number>): Promise<number> {
  const { title, lesson, output, flags, wentWell } = lecture;
  if (output.json) return run();
  output.say(lessonText(title, lesson.before, output.sideScreen));
  if (output.interactive && !switchFlag(flags, 'yes')) await pressEnter(lecture);
  const code = await run();
  if (lesson.after.length > 0 && wentWell(code)) {
    output.say(lessonText('What now', lesson.after, output.sideScreen));
  }
  return code;
}

async function pressEnter({ signal }: Lecture): Promise<void> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const left = new AbortController();
  terminal.on('SIGINT', () => left.abort());
  terminal.on('close', () => left.abort());
  try {
    const either = AbortSignal.any([signal, left.signal]);
    await terminal.question('Press Enter to go on, Ctrl-C to leave. ', { signal: either });
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'AbortError') throw error;
    throw ds01Error('operation.interrupted', { message: 'Left; nothing was changed.' });
  } finally {
    terminal.close();
  }
}
