/**
 * A field as `nvidia-smi` prints it. `unknown`: the driver doesn't say. `broken`: the driver tried
 * and failed, which is a fact about the device. `unreadable`: not a value that this field can have.
 */
export type Reading<Value> =
  | { readonly kind: 'known'; readonly value: Value }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'broken'; readonly text: string }
  | { readonly kind: 'unreadable'; readonly text: string };

const unknownTexts: ReadonlySet<string> = new Set([
  '',
  'n/a',
  'not supported',
  'not available',
  'insufficient permissions',
  'unknown',
  'requested functionality has been deprecated',
  'function not found',
]);

/** What the driver says in place of a value that it could not read. */
const brokenText =
  /^(?:unknown error|err!|gpu (?:reset required|requires reset|is lost))(?:[ .]|$)/u;

/** A broken value that tells that nothing can be read from the device any more. */
export function tellsOfLoss(text: string): boolean {
  return /gpu (?:is lost|requires reset|reset required)/iu.test(text);
}

/** A field's text: trimmed, without the brackets that `--query-*` puts around what it can't say. */
function bare(text: string): string {
  return text
    .trim()
    .replace(/^\[(.*)\]$/u, '$1')
    .trim()
    .toLowerCase();
}

/** What a field's text says, before it is taken for a number or a word. */
export function readText(text: string | null): Reading<string> {
  if (text === null) return { kind: 'unknown' };
  const word = bare(text);
  if (unknownTexts.has(word)) return { kind: 'unknown' };
  if (brokenText.test(word)) return { kind: 'broken', text: text.trim() };
  return { kind: 'known', value: text.trim() };
}

function readNumber(text: string | null, pattern: RegExp, scale: number): Reading<number> {
  const reading = readText(text);
  if (reading.kind !== 'known') return reading;
  const value = Number(pattern.exec(reading.value)?.[1]) * scale;
  return Number.isSafeInteger(value)
    ? { kind: 'known', value }
    : { kind: 'unreadable', text: reading.value };
}

/** `40448 MiB` in bytes. */
export function readMebibytes(text: string | null): Reading<number> {
  return readNumber(text, /^(\d+) MiB$/u, 1024 * 1024);
}

/** `37 %` as 37; more than 100 is unreadable. */
export function readPercent(text: string | null): Reading<number> {
  const reading = readNumber(text, /^(\d+) %$/u, 1);
  return reading.kind === 'known' && reading.value > 100
    ? { kind: 'unreadable', text: String(reading.value) }
    : reading;
}

/** A count or an id: digits only. */
export function readInteger(text: string | null): Reading<number> {
  return readNumber(text, /^(\d+)$/u, 1);
}

/** The value, or `null` for everything that is not known. */
export function valueOf<Value>(reading: Reading<Value>): Value | null {
  return reading.kind === 'known' ? reading.value : null;
}
