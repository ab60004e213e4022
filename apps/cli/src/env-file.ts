import { ds01Error } from '@ds01/contracts/core';
import { readBoundedFile } from './read-bounded-file.ts';

const maxBytes = 1024 ** 2;
const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Values of variables by their names. */
export type Variables = Readonly<Record<string, string>>;

/** The variables of the process that runs the command. */
export type OwnVariables = Readonly<Record<string, string | undefined>>;

/**
 * Reads a file of variables as `docker run --env-file` does: `NAME=value` a line, the value taken as it
 * is (no quotes, no escapes); `NAME` alone takes the caller's value and is left out without one; blank
 * lines and lines that begin with `#` don't count; a byte order mark and CRLF are no part of a line.
 * Fails with `env-file.invalid`, which names file and line.
 */
export function parseEnvFile(
  bytes: Uint8Array,
  { file, own }: { readonly file: string; readonly own: OwnVariables },
): Variables {
  const variables = new Map<string, string>();
  for (const { text, line } of linesOf(bytes, file)) {
    const statement = text.replace(/^[\t ]+/, '');
    if (statement.trim() === '' || statement.startsWith('#')) continue;
    const at = statement.indexOf('=');
    const name = at === -1 ? statement : statement.slice(0, at);
    if (!variableName.test(name)) throw invalid({ file, line }, reasonOf(name));
    if (statement.includes('\0')) throw invalid({ file, line }, 'a value with a NUL');
    const value = at === -1 ? own[name] : statement.slice(at + 1);
    if (value !== undefined) variables.set(name, value);
  }
  return Object.fromEntries(variables);
}

/**
 * The variables of a command line: those of `--env-file` files, later files over earlier ones, and
 * those of `-e NAME=value` over all of them; `NAME` alone takes the caller's value. Files are read
 * here, as the caller, up to 1 MiB each. Fails with `env-file.invalid` and `file.*`.
 */
export async function readVariables(given: {
  readonly files: readonly string[];
  readonly pairs: readonly string[];
  readonly own: OwnVariables;
}): Promise<Variables> {
  const { files, pairs, own } = given;
  const read: Variables[] = [];
  for (const file of files) {
    const bytes = await readBoundedFile(file, { maxBytes, flag: '--env-file' });
    read.push(parseEnvFile(bytes, { file, own }));
  }
  return Object.fromEntries([...read, variablesOf(pairs, own)].flatMap(Object.entries<string>));
}

/**
 * `NAME=value` pairs of `-e`; `NAME` alone takes the caller's value and is left out without one.
 * Fails with `usage.invalid` for a pair without a name.
 */
export function variablesOf(pairs: readonly string[], own: OwnVariables): Variables {
  const entries = pairs.map((pair) => {
    const at = pair.indexOf('=');
    if (at === 0 || pair === '') {
      throw ds01Error('usage.invalid', {
        message: `-e ${JSON.stringify(pair)} has no name before its value.`,
        hint: 'ds01 container deploy thesis -e NAME=value',
      });
    }
    return at === -1
      ? ([pair, own[pair]] as const)
      : ([pair.slice(0, at), pair.slice(at + 1)] as const);
  });
  return Object.fromEntries(
    entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

function* linesOf(
  bytes: Uint8Array,
  file: string,
): Generator<{ readonly text: string; readonly line: number }> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let line = 0;
  for (let start = 0; start < bytes.length;) {
    line += 1;
    const found = bytes.indexOf(0x0a, start);
    const end = found === -1 ? bytes.length : found;
    let text: string;
    try {
      text = decoder.decode(bytes.subarray(start, end));
    } catch {
      throw invalid({ file, line }, 'a text that is not UTF-8');
    }
    if (line === 1) text = text.replace(/^\uFEFF/, '');
    yield { text: text.replace(/\r$/, ''), line };
    start = end + 1;
  }
}

function reasonOf(name: string): string {
  if (name === '') return 'no name before =';
  const shown = JSON.stringify(name.length > 60 ? `${name.slice(0, 60)}…` : name);
  return /\s/.test(name) ? `white space in the name ${shown}` : `${shown}, which can’t be a name`;
}

function invalid(place: { readonly file: string; readonly line: number }, what: string) {
  const { file, line } = place;
  return ds01Error('env-file.invalid', {
    message: `${file}, line ${line}: there is ${what}.`,
    hint: `sed -n ${line}p ${file}`,
    details: { file, line },
  });
}
