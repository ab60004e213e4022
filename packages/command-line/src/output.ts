import type { Ds01Error } from '@ds01/contracts';
import { problemOf } from '@ds01/contracts/core';
import { createLiveLine } from './live-line.ts';
import type { Screen } from './screen.ts';
import { harmlessLines } from './text.ts';

/** Where a command's words go: data to stdout, everything else to stderr. */
export interface Output {
  readonly json: boolean;
  /** True when somebody sits in front of stdout and stdin. */
  readonly interactive: boolean;
  /** The screen of results (stdout). */
  readonly screen: Screen;
  /** The screen of remarks, questions and errors (stderr). */
  readonly sideScreen: Screen;
  /** The result: as JSON, or the text for people. */
  result(value: unknown, text: (screen: Screen) => string): void;
  /** A remark. */
  say(line: string): void;
  /** What slow work is doing: one line that changes on a terminal, a line each elsewhere. */
  progress(line: string): void;
  /** Takes the progress away; needed only before something else than this output writes. */
  settle(): void;
  /** An error with its hint; with `--json` the one document on stdout. */
  fail(error: Ds01Error): void;
}

/** Streams and switches an output is made of. */
export interface OutputOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly interactive: boolean;
  readonly screen: Screen;
  readonly sideScreen: Screen;
  /** True when the terminal shows more than ASCII. */
  readonly unicode: boolean;
  /** The value of `--user`, which suggested commands need as well; `null` without. */
  readonly actFor: string | null;
  readonly stdout: { readonly write: (text: string) => unknown };
  readonly stderr: { readonly write: (text: string) => unknown };
}

/** Makes an {@link Output}. */
export function createOutput(options: OutputOptions): Output {
  const { json, quiet, interactive, screen, sideScreen, actFor, stdout, stderr } = options;
  const live = createLiveLine({
    write: (text) => stderr.write(text),
    screen: sideScreen,
    unicode: options.unicode,
  });
  return {
    json,
    interactive,
    screen,
    sideScreen,
    result: (value, text) => {
      live.clear();
      if (json) stdout.write(`${jsonText(value)}\n`);
      else {
        const given = text(screen);
        // A program that reads it gets every byte.
        const shown = screen.isTerminal ? harmlessLines(given.replaceAll('\r\n', '\n')) : given;
        if (shown !== '') stdout.write(`${shown}\n`);
      }
    },
    say: (line) => {
      live.clear();
      if (!quiet) stderr.write(`${harmlessLines(line)}\n`);
    },
    progress: (line) => {
      if (!quiet) live.show(line);
    },
    settle: () => live.clear(),
    fail: (error) => {
      live.clear();
      if (json) stdout.write(`${jsonText({ error: problemOf(error) })}\n`);
      else stderr.write(errorText(error, sideScreen, actFor));
    },
  };
}

/** JSON leaves some characters as they are that command a terminal, or turn its text round. */
function jsonText(value: unknown): string {
  return JSON.stringify(value, null, 2).replaceAll(
    /[\u007F-\u009F\u202A-\u202E\u2066-\u2069]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A suggested command as it has to be typed by whoever acts for a user. */
export function commandFor(command: string, actFor: string | null): string {
  return actFor !== null && command.startsWith('ds01 ') && !command.includes(' --user ')
    ? `${command} --user ${actFor}`
    : command;
}

function errorText(error: Ds01Error, { paint }: Screen, actFor: string | null): string {
  // Whoever may not act for that user, or whose user there is not, has to type something else.
  const isRefused = error.code === 'access.denied' || error.code === 'user.unknown';
  const command = error.hint === null ? null : commandFor(error.hint, isRefused ? null : actFor);
  const hint = command === null ? '' : `  try: ${command}\n`;
  return harmlessLines(`${paint('red', 'error')} (${error.code}): ${error.message}\n${hint}`);
}
