import { parseDuration, parseMemorySize } from '@ds01/contracts';
import type { LimitValue } from '@ds01/contracts';
import type { ScalarText } from './yaml-source.ts';

/** How a key's value is read. */
export interface ValueKind {
  /** What may be written, for people. */
  readonly allowed: string;
  /** Whether `null`, `none`, `never`, `unlimited` and `indefinite` (no limit) may be written. */
  readonly unlimited: boolean;
  /** The value in the key's own unit; `undefined` when it isn't allowed. */
  readonly parse: (scalar: ScalarText) => LimitValue | undefined;
}

interface Range {
  readonly minimum: number;
  readonly maximum: number;
  readonly unlimited: boolean;
}

const noLimitTexts: readonly string[] = ['null', 'none', 'never', 'unlimited', 'indefinite'];
const numberPattern = /^\+?(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/** True for the words that mean "no limit", quoted or not, in any case. */
export function isNoLimit(scalar: ScalarText): boolean {
  return noLimitTexts.includes(scalar.text.trim().toLowerCase());
}

/** A plain decimal number, `_` between digits allowed; no sign but `+`, no infinity. */
export function parseNumber(text: string): number | undefined {
  const trimmed = text.trim();
  if (!numberPattern.test(trimmed)) return undefined;
  const value = Number(trimmed.replaceAll('_', ''));
  return Number.isFinite(value) ? value : undefined;
}

/** A boolean as YAML 1.1 writes them, which the predecessor's files may use. */
export function parseFlag(scalar: ScalarText): boolean | undefined {
  const text = scalar.text.trim().toLowerCase();
  if (['true', 'yes', 'on'].includes(text)) return true;
  return ['false', 'no', 'off'].includes(text) ? false : undefined;
}

function withNoLimit(unlimited: boolean, allowed: string): string {
  return unlimited ? `${allowed}, or null for no limit` : allowed;
}

function inside(value: number | undefined, range: Range): number | undefined {
  if (value === undefined) return undefined;
  return value >= range.minimum && value <= range.maximum ? value : undefined;
}

/** A number within a range. */
export function number(minimum: number, maximum: number, unlimited = false): ValueKind {
  return {
    allowed: withNoLimit(unlimited, `a number from ${minimum} to ${maximum}`),
    unlimited,
    parse: ({ text }) => inside(parseNumber(text), { minimum, maximum, unlimited }),
  };
}

/** A whole number within a range. */
export function integer(minimum: number, maximum: number, unlimited = false): ValueKind {
  return {
    allowed: withNoLimit(unlimited, `a whole number from ${minimum} to ${maximum}`),
    unlimited,
    parse: ({ text }) => {
      const value = inside(parseNumber(text), { minimum, maximum, unlimited });
      return value !== undefined && Number.isInteger(value) ? value : undefined;
    },
  };
}

/** True or false. */
export const flag: ValueKind = {
  allowed: 'true or false',
  unlimited: false,
  parse: parseFlag,
};

const mebibyte = 1024 ** 2;
/** Largest size that is believed, 64 TiB: more is a slip of the pen. */
const largestBytes = 64 * 1024 ** 4;

/** Bytes of a size or rate: what {@link parseMemorySize} reads, an optional `/s` after it. */
export function bytesOf(text: string): number | undefined {
  return parseMemorySize(text.replaceAll('_', '').replace(/\s*\/s(?:ec)?\s*$/i, ''));
}

/** A size such as `32g`; the text is kept, a bare number becomes a number of bytes. */
export function size(
  options: { readonly minimumBytes?: number; readonly unlimited?: boolean } = {},
): ValueKind {
  const { minimumBytes = 1, unlimited = true } = options;
  const least = minimumBytes >= mebibyte ? `${minimumBytes / mebibyte}m` : String(minimumBytes);
  return {
    allowed: withNoLimit(unlimited, `a size such as 32g or 512m, at least ${least}, at most 64t`),
    unlimited,
    parse: ({ text }) => {
      const range = { minimum: minimumBytes, maximum: largestBytes, unlimited };
      if (inside(bytesOf(text), range) === undefined) return undefined;
      return parseNumber(text) ?? text.trim();
    },
  };
}

/** A number of bytes, written as a number or as a size; the value is bytes. */
export const byteCount: ValueKind = {
  allowed: 'a number of bytes or a size such as 1m',
  unlimited: false,
  parse: ({ text }) =>
    inside(bytesOf(text), { minimum: 0, maximum: largestBytes, unlimited: false }),
};

const unitNames = { s: 'seconds', m: 'minutes', h: 'hours' } as const;
const unitMs = { s: 1000, m: 60_000, h: 3_600_000 } as const;
/** Longest duration that is believed, ten years. */
const longestMs = 3653 * 86_400_000;

/** A duration in the unit of the key's suffix, or with its own unit (`90m`, `1.5h`, `2d`, `1w`). */
export function duration(unit: 's' | 'm' | 'h', unlimited = false): ValueKind {
  return {
    allowed: withNoLimit(
      unlimited,
      `a number of ${unitNames[unit]} or a duration such as 90m, 1.5h, 2d or 1w, at most 10 years`,
    ),
    unlimited,
    parse: ({ text }) => {
      const bare = parseNumber(text);
      const value = bare ?? inUnit(parseDuration(text.trim(), unit), unit);
      return inside(value, { minimum: 0, maximum: longestMs / unitMs[unit], unlimited });
    },
  };
}

function inUnit(milliseconds: number | undefined, unit: 's' | 'm' | 'h'): number | undefined {
  return milliseconds === undefined ? undefined : milliseconds / unitMs[unit];
}

/** CPUs as systemd's CPUQuota writes them: `400%` is four CPUs. */
export const cpuQuota: ValueKind = {
  allowed: 'a percentage such as 400% (100% is one CPU), at least 1%, or null for no limit',
  unlimited: true,
  parse: ({ text }) => {
    const trimmed = text.trim();
    if (!trimmed.endsWith('%')) return undefined;
    const percent = parseNumber(trimmed.slice(0, -1));
    const range = { minimum: 1, maximum: 1_000_000, unlimited: true };
    return inside(percent, range) === undefined ? undefined : trimmed;
  },
};

/** Open files: one number for both limits, or `soft:hard`. The text is kept. */
export const openFiles: ValueKind = {
  allowed: 'a whole number, or soft:hard such as 65536:1048576, or null for no limit',
  unlimited: true,
  parse: ({ text }) => {
    const match = /^\s*(\d{1,10})(?:\s*:\s*(\d{1,10}))?\s*$/.exec(text);
    if (match === null) return undefined;
    const soft = Number(match[1]);
    const hard = Number(match[2] ?? match[1]);
    return soft >= 1 && soft <= hard && hard <= 2 ** 30 ? text.trim() : undefined;
  },
};
