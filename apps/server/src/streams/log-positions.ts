import { ds01Error, type Ds01Error } from '@ds01/contracts';

/** Where somebody is in a container’s output: behind a line. */
export interface LogPosition {
  /** Seconds and nanoseconds of a time, in digits that compare as the times do. */
  readonly at: string;
  /** How many lines of that time came before it. */
  readonly index: number;
}

const idPattern = /^(\d{10}\.\d{9})-(\d{1,9})$/;

/**
 * How far before a position it is read again: a line counts from its beginning, and another one may have
 * ended in between.
 */
const marginMs = 1000;

/** The position that an id of an event means. Fails with `request.invalid`. */
export function logPositionOf(id: string): LogPosition {
  const [, at, index] = idPattern.exec(id) ?? [];
  if (at !== undefined && index !== undefined) return { at, index: Number(index) };
  throw lastIdNotUnderstood();
}

/** The error for a `Last-Event-ID` that no event of a stream had. */
export function lastIdNotUnderstood(): Ds01Error {
  return ds01Error('request.invalid', {
    message: 'The Last-Event-ID was not understood.',
    hint: 'give the id of the last event of this stream',
  });
}

/** From when output has to be read to go on behind a position. */
export function sinceMsOf({ at }: LogPosition): number {
  return Math.max(0, Math.floor(Number(at.slice(0, -6)) * 1000) - marginMs);
}

/** Ids for lines as they come. */
export interface LogIds {
  /** The id of the next line; `null` for one that the reader has. */
  next(time: string): string | null;
  /** Whether the reader may have a line of this time. */
  mayBeKnown(time: string): boolean;
}

/**
 * Ids by the engine’s times, for a reader who has everything up to `after`: none comes twice, and the
 * same lines get the same ids each time.
 */
export function createLogIds(after: LogPosition | null): LogIds {
  let at = '';
  let index = 0;
  return {
    next(time) {
      const digits = digitsOf(time);
      // Lines of two streams may end in another order than they began: later stays later.
      const isLater = digits > at;
      index = isLater ? 0 : index + 1;
      if (isLater) at = digits;
      const isKnown =
        after !== null && (at < after.at || (at === after.at && index <= after.index));
      return isKnown ? null : `${at}-${String(index)}`;
    },
    mayBeKnown: (time) => after !== null && digitsOf(time) <= after.at,
  };
}

/** A time as seconds and nanoseconds: `1763845200.000000001`. */
function digitsOf(time: string): string {
  const seconds = String(Date.parse(`${time.slice(0, 19)}Z`) / 1000).padStart(10, '0');
  const fraction = /\.(\d+)Z$/.exec(time)?.[1] ?? '';
  return `${seconds}.${fraction.padEnd(9, '0')}`;
}
