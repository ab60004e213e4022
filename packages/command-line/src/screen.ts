import { styleText } from 'node:util';

/** How a piece of text stands out. It never says anything that the words don't say too. */
export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** Where text for people is shown. */
export interface Screen {
  /** Columns of the terminal; `null` where lines may be of any length (a pipe, a file). */
  readonly width: number | null;
  /** True when a person sees what is written as it is written. */
  readonly isTerminal: boolean;
  /** The text in a style, or as it is where there are no colours. */
  readonly paint: (style: Style, text: string) => string;
}

/** The stream behind a {@link Screen}; `process.stdout` is one. */
export interface ScreenStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** What a screen is made from. */
export interface ScreenOptions {
  readonly stream: ScreenStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** False when the caller said `--no-color`. */
  readonly colors: boolean;
}

/** Narrower than this nothing can be laid out. */
const leastWidth = 20;

/**
 * The screen of a stream. `COLUMNS` wins over what the terminal says, also for a pipe (`watch` sets
 * it). Colours need a terminal, unless `FORCE_COLOR` is set; `--no-color`, `NO_COLOR` and
 * `TERM=dumb` turn them off, the first two also where they are forced.
 */
export function createScreen({ stream, env, colors }: ScreenOptions): Screen {
  const isDumb = env['TERM'] === 'dumb';
  const isTTY = stream.isTTY === true;
  const wanted = isForced(env['FORCE_COLOR']) ?? (isTTY && !isDumb);
  const painted = colors && (env['NO_COLOR'] ?? '') === '' && wanted;
  const columns = columnsOf(env['COLUMNS']) ?? (isTTY ? (stream.columns ?? null) : null);
  return {
    width: columns === null || columns === 0 ? null : Math.max(leastWidth, columns),
    isTerminal: isTTY && !isDumb,
    // The stream is asked above; util would ask the one of this process.
    paint: (style, text) =>
      painted && text !== '' ? styleText(style, text, { validateStream: false }) : text,
  };
}

/** A screen without colours and without a width, as a file is one. */
export const plainScreen: Screen = {
  width: null,
  isTerminal: false,
  paint: (_, text) => text,
};

function isForced(value: string | undefined): boolean | null {
  if (value === undefined) return null;
  return value !== '0' && value !== 'false';
}

function columnsOf(value: string | undefined): number | null {
  return value !== undefined && /^[1-9]\d{0,4}$/.test(value) ? Number(value) : null;
}
