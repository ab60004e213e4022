const memoryPattern = /^\s*(\d+(?:\.\d+)?)\s*([bkmgt]?)(i?b)?\s*$/i;
const memoryFactors: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 1024,
  m: 1024 ** 2,
  g: 1024 ** 3,
  t: 1024 ** 4,
};

/**
 * Bytes of a Docker size such as `32g`, `512M`, `1.5GiB` or a plain number of bytes. Factors are
 * powers of 1024, as `docker run --memory` reads them. `undefined` when the text is no size or the
 * result is no safe integer.
 */
export function parseMemorySize(text: string): number | undefined {
  const match = memoryPattern.exec(text);
  if (match === null) return undefined;
  const factor = memoryFactors[(match[2] ?? '').toLowerCase()] ?? 1;
  const bytes = Math.round(Number(match[1]) * factor);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** A size for people: the largest binary unit that keeps the number at 1 or above (`19.5 GiB`). */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const text = value >= 100 || Number.isInteger(value) ? value.toFixed(0) : value.toFixed(1);
  return `${text} ${units[unit] ?? 'B'}`;
}

/** Units in which a duration without a suffix may be given. */
export type DurationUnit = 's' | 'm' | 'h' | 'd';

const durationFactorsMs: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/**
 * Milliseconds of `90m`, `1.5h`, `2d`, `1w`, `45s` or of a plain number in `defaultUnit`.
 * `undefined` for anything else, negative numbers included.
 */
export function parseDuration(
  value: string | number,
  defaultUnit: DurationUnit,
): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([smhdw]?)\s*$/i.exec(String(value));
  if (match === null) return undefined;
  const unit = (match[2] ?? '').toLowerCase() || defaultUnit;
  const milliseconds = Math.round(Number(match[1]) * (durationFactorsMs[unit] ?? 1));
  return Number.isSafeInteger(milliseconds) ? milliseconds : undefined;
}

/** A duration for people with its two largest units: `1d 4h`, `15m`, `20s`. */
export function formatDuration(durationMs: number): string {
  let seconds = Math.max(0, Math.round(durationMs / 1000));
  const parts: string[] = [];
  for (const [name, length] of [
    ['d', 86_400],
    ['h', 3600],
    ['m', 60],
    ['s', 1],
  ] as const) {
    const count = Math.floor(seconds / length);
    seconds -= count * length;
    if (count > 0 && parts.length < 2) parts.push(`${count}${name}`);
  }
  return parts.length === 0 ? '0s' : parts.join(' ');
}
