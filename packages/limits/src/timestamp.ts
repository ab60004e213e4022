const pattern =
  /^(\d{4})-(\d{2})-(\d{2})(?:[Tt ]+(\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*(Z|z|[+-]\d{2}(?::?\d{2})?)?)?$/;

/** What {@link parseTimestamp} reads, for people. */
export const timestampRule = 'a date such as 2026-01-31 or a time such as 2026-01-31T18:00:00Z';

const dayMs = 86_400_000;

function daysInMonth(year: number, month: number): number {
  return Math.round((Date.UTC(year, month, 1) - Date.UTC(year, month - 1, 1)) / dayMs);
}

function offsetMs(zone: string | undefined): number {
  if (zone === undefined || zone.toUpperCase() === 'Z') return 0;
  const digits = zone.replaceAll(/\D/g, '').padEnd(4, '0');
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2));
  return (zone.startsWith('-') ? -minutes : minutes) * 60_000;
}

/**
 * Unix milliseconds of an ISO 8601 date or time. Without an offset it is UTC. A bare date is the
 * start of that day, or with `edge: 'end'` its end (the start of the next day), so that something
 * that ends "on" a day lasts through it. `undefined` for anything else, impossible days included.
 */
export function parseTimestamp(text: string, edge: 'start' | 'end'): number | undefined {
  const match = pattern.exec(text.trim());
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0] = match.slice(1, 4).map(Number);
  const [hour, minute, second] = [match[4] ?? 0, match[5] ?? 0, match[6] ?? 0].map(Number);
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined;
  if ((hour ?? 0) > 23 || (minute ?? 0) > 59 || (second ?? 0) > 59) return undefined;
  const start = Date.UTC(year, month - 1, day, hour, minute, second) - offsetMs(match[7]);
  return match[4] === undefined && edge === 'end' ? start + dayMs : start;
}
