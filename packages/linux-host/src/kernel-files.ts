import { readFileSync } from 'node:fs';
import { systemCodeOf } from './storage-errors.ts';

/** The text of a file, or `null` without such a file. */
export type ReadText = (path: string) => string | null;

/** What goes away while it is read, or can't be read by this account, isn't there. */
const absent = new Set([
  'ENOENT',
  'ESRCH',
  'ENODEV',
  'ENOTDIR',
  'ELOOP',
  'EACCES',
  'EPERM',
  'EINVAL',
]);

/** Whether a failed read means that there is nothing to read any more, or never was for this account. */
export function isAbsence(error: unknown): boolean {
  return absent.has(systemCodeOf(error) ?? '');
}

/** Reads one of the kernel's files; `null` when it isn't there. Other failures are thrown. */
export const textOf: ReadText = (path) => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isAbsence(error)) return null;
    throw error;
  }
};

/** The integer that a file consists of; `null` for anything else, such as `max`. */
export function numberIn(text: string | null): number | null {
  const trimmed = text?.trim() ?? '';
  return /^-?\d+$/.test(trimmed) ? Number(trimmed) : null;
}

/** Sum of what a global pattern's first group matches; `null` without a text. */
export function sumOf(text: string | null, pattern: RegExp): number | null {
  if (text === null) return null;
  return [...text.matchAll(pattern)].reduce((sum, [, digits]) => sum + Number(digits), 0);
}

/** Received and sent by all interfaces of a network but the loopback, from a `net/dev` (proc(5)). */
export function networkTotals(devices: string): {
  readonly received: number;
  readonly sent: number;
} {
  const rows = [...devices.matchAll(/^\s*([^\s:]+):\s*(.+)$/gm)]
    .filter(([, name]) => name !== 'lo')
    .map(([, , numbers = '']) => numbers.trim().split(/\s+/).map(Number));
  const total = (column: number): number => rows.reduce((sum, row) => sum + (row[column] ?? 0), 0);
  return { received: total(0), sent: total(8) };
}
