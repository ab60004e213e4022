/** A word with its variables substituted, or why it can't be known. */
export type ProcessedWord =
  | { readonly ok: true; readonly value: string }
  | { readonly ok: false; readonly reason: string };

interface Scanner {
  readonly text: string;
  readonly escape: string;
  /** `null`: it may have one, which nobody knows. */
  readonly valueOf: (name: string) => string | null | undefined;
  at: number;
  failure: string | null;
  /** Characters that values of variables may still bring. */
  left: number;
  /** How many `${…}` are open. */
  depth: number;
}

const valuesMax = 4096;
const depthMax = 20;

/** Notes the first failure and ends the reading. */
function fail(scanner: Scanner, reason: string): '' {
  scanner.failure ??= reason;
  scanner.at = scanner.text.length;
  return '';
}

/**
 * Resolves quotes, escapes and variables of a word as engines do for FROM, ARG, COPY and the like
 * (`frontend/dockerfile/shell` of BuildKit): `$A`, `${A}`, `${A:-word}`, `${A:+word}`. Anything else,
 * and a variable without a value, isn't known: engines of different age differ. A variable whose value
 * is `null` isn't known either, nor what depends on whether it has one; without `values` that is any.
 */
export function processWord(
  text: string,
  { escape, values }: { escape: string; values: ReadonlyMap<string, string | null> | null },
): ProcessedWord {
  const scanner: Scanner = {
    text,
    escape,
    at: 0,
    failure: null,
    left: valuesMax,
    depth: 0,
    valueOf: (name) => (values === null ? null : values.get(name)),
  };
  const value = readUntil(scanner, '');
  return scanner.failure === null ? { ok: true, value } : { ok: false, reason: scanner.failure };
}

function readUntil(scanner: Scanner, stop: string): string {
  let value = '';
  for (;;) {
    const char = scanner.text.charAt(scanner.at);
    if (char === '' && stop !== '') return fail(scanner, 'a "}" is missing');
    if (char === stop) {
      scanner.at += 1;
      return value;
    }
    if (char === "'") value += readSingleQuoted(scanner);
    else if (char === '"') value += readDoubleQuoted(scanner);
    else if (char === '$') value += readVariable(scanner);
    else if (char === scanner.escape) value += readEscaped(scanner);
    else {
      value += char;
      scanner.at += 1;
    }
  }
}

function readEscaped(scanner: Scanner): string {
  const next = scanner.text.charAt(scanner.at + 1);
  if (next === '') return fail(scanner, 'it ends in an escape character');
  scanner.at += 2;
  return next;
}

function readSingleQuoted(scanner: Scanner): string {
  const end = scanner.text.indexOf("'", scanner.at + 1);
  if (end === -1) return fail(scanner, 'a quote is not closed');
  const value = scanner.text.slice(scanner.at + 1, end);
  scanner.at = end + 1;
  return value;
}

function readDoubleQuoted(scanner: Scanner): string {
  let value = '';
  scanner.at += 1;
  for (;;) {
    const char = scanner.text.charAt(scanner.at);
    if (char === '') return fail(scanner, 'a quote is not closed');
    if (char === '"') {
      scanner.at += 1;
      return value;
    }
    if (char === '$') {
      value += readVariable(scanner);
      continue;
    }
    const next = scanner.text.charAt(scanner.at + 1);
    const escapes = char === scanner.escape && ['"', '$', scanner.escape].includes(next);
    value += escapes ? next : char;
    scanner.at += escapes ? 2 : 1;
  }
}

function readVariable(scanner: Scanner): string {
  scanner.at += 1;
  if (scanner.text.charAt(scanner.at) !== '{') {
    const name = readName(scanner);
    if (name === '') return fail(scanner, 'a "$" stands without a name');
    return valueOf(scanner, name);
  }
  scanner.at += 1;
  const name = readName(scanner);
  if (name === '') return fail(scanner, '"${" stands without a name');
  if (scanner.text.charAt(scanner.at) === '}') {
    scanner.at += 1;
    return valueOf(scanner, name);
  }
  const operator = scanner.text.slice(scanner.at, scanner.at + 2);
  if (operator !== ':-' && operator !== ':+') {
    return fail(scanner, `only \${${name}}, \${${name}:-default} and \${${name}:+other} are read`);
  }
  scanner.at += 2;
  if (scanner.valueOf(name) === null) return valueOf(scanner, name);
  const present = (scanner.valueOf(name) ?? '') !== '';
  const used = operator === ':-' ? !present : present;
  scanner.depth += 1;
  if (scanner.depth > depthMax) return fail(scanner, 'its variables are nested too deeply');
  const word = readWord(scanner, used);
  scanner.depth -= 1;
  if (used) return word;
  return operator === ':-' ? valueOf(scanner, name) : '';
}

/** The word of `${A:-word}`; variables in a word that isn't used need no value. */
function readWord(scanner: Scanner, used: boolean): string {
  if (used) return readUntil(scanner, '}');
  const anything: Scanner = { ...scanner, valueOf: () => '' };
  const word = readUntil(anything, '}');
  scanner.at = anything.at;
  scanner.failure ??= anything.failure;
  return word;
}

function readName(scanner: Scanner): string {
  const start = scanner.at;
  while (/[A-Za-z0-9_]/.test(scanner.text.charAt(scanner.at))) scanner.at += 1;
  const name = scanner.text.slice(start, scanner.at);
  return /^[0-9]/.test(name) ? '' : name;
}

function valueOf(scanner: Scanner, name: string): string {
  const value = scanner.valueOf(name);
  if (value === undefined) return fail(scanner, `"${name}" has no value`);
  if (value === null) return fail(scanner, `the value of "${name}" can't be known`);
  scanner.left -= value.length;
  return scanner.left < 0 ? fail(scanner, 'its values are too long') : value;
}
