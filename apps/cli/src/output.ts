import { problemOf, type Ds01Error } from '@ds01/contracts';

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
  readonly stdout: { readonly write: (text: string) => unknown };
  readonly stderr: { readonly write: (text: string) => unknown };
}

/** Makes an {@link Output}. */
export function createOutput(options: OutputOptions): Output {
  const { json, quiet, color, interactive, stdout, stderr } = options;
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
      else stderr.write(errorText(error, color));
    },
  };
}

function errorText(error: Ds01Error, color: boolean): string {
  const label = color ? '\u001B[31merror\u001B[0m' : 'error';
  const hint = error.hint === null ? '' : `  try: ${error.hint}\n`;
  return `${label} (${error.code}): ${error.message}\n${hint}`;
}
