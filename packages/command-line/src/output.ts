import type { Ds01Error } from '@ds01/contracts';
import { problemOf } from '@ds01/contracts/core';

/** Where a command's words go: data to stdout, everything else to stderr. */
export interface Output {
  readonly json: boolean;
  readonly color: boolean;
  /** True when somebody sits in front of stdout and stdin. */
  readonly interactive: boolean;
  /** The result: as JSON, or the text for people. */
  result(value: unknown, text: () => string): void;
  /** Progress and remarks. */
  say(line: string): void;
  /** An error with its hint; with `--json` the one document on stdout. */
  fail(error: Ds01Error): void;
}

/** Streams and switches an output is made of. */
export interface OutputOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly color: boolean;
  readonly interactive: boolean;
  /** The value of `--user`, which suggested commands need as well; `null` without. */
  readonly actFor: string | null;
  readonly stdout: { readonly write: (text: string) => unknown };
  readonly stderr: { readonly write: (text: string) => unknown };
}

/** Makes an {@link Output}. */
export function createOutput(options: OutputOptions): Output {
  const { json, quiet, color, interactive, actFor, stdout, stderr } = options;
  return {
    json,
    color,
    interactive,
    result: (value, text) => {
      if (json) stdout.write(`${JSON.stringify(value, null, 2)}\n`);
      else {
        const shown = text();
        if (shown !== '') stdout.write(`${shown}\n`);
      }
    },
    say: (line) => {
      if (!quiet) stderr.write(`${line}\n`);
    },
    fail: (error) => {
      if (json) stdout.write(`${JSON.stringify({ error: problemOf(error) }, null, 2)}\n`);
      else stderr.write(errorText(error, { color, actFor }));
    },
  };
}

/** A suggested command as it has to be typed by whoever acts for a user. */
export function commandFor(command: string, actFor: string | null): string {
  return actFor !== null && command.startsWith('ds01 ') && !command.includes(' --user ')
    ? `${command} --user ${actFor}`
    : command;
}

function errorText(
  error: Ds01Error,
  { color, actFor }: { readonly color: boolean; readonly actFor: string | null },
): string {
  const label = color ? '\u001B[31merror\u001B[0m' : 'error';
  const hint = error.hint === null ? '' : `  try: ${commandFor(error.hint, actFor)}\n`;
  return `${label} (${error.code}): ${error.message}\n${hint}`;
}
