import { formatDuration } from '@ds01/contracts/core';
import type { Screen } from './screen.ts';
import { cutText, plainText } from './text.ts';

/** What is going on right now. */
export interface LiveLine {
  /** Shows what goes on, in place of what went on before. */
  show(text: string): void;
  /** Takes the line away, before anything else is written. */
  clear(): void;
}

/** What a live line is written to. */
export interface LiveLineOptions {
  readonly write: (text: string) => unknown;
  readonly screen: Screen;
  /** True when braille patterns can be shown; else the turning bar is of ASCII. */
  readonly unicode: boolean;
}

const turnMs = 100;
/** Shorter work shows no clock. */
const silentSeconds = 2;
const brailleTurn = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const barTurn = ['|', '/', '-', '\\'];
const backToStart = '\r\u001B[2K';

/**
 * On a terminal one line that is written over, with a turning sign and the time since its text was
 * first shown; elsewhere a line for each text.
 */
export function createLiveLine({ write, screen, unicode }: LiveLineOptions): LiveLine {
  if (!screen.isTerminal) {
    return { show: (text) => void write(`${text}\n`), clear: () => undefined };
  }
  const signs = unicode ? brailleTurn : barTurn;
  let current: { readonly text: string; readonly sinceMs: number } | null = null;
  let turn = 0;
  let timer: NodeJS.Timeout | undefined;
  const draw = (): void => {
    if (current === null) return;
    const seconds = Math.floor((performance.now() - current.sinceMs) / 1000);
    const clock = seconds < silentSeconds ? '' : ` (${clockText(seconds)})`;
    const sign = signs[turn % signs.length] ?? '';
    turn += 1;
    // One column stays free: a full line makes some terminals go to the next.
    const room = (screen.width ?? 80) - 3 - clock.length;
    write(`${backToStart}${screen.paint('cyan', sign)} ${cutText(current.text, room)}${clock}`);
  };
  return {
    show: (text) => {
      const subject = subjectOf(text);
      const sameWork = current !== null && subjectOf(current.text) === subject;
      const sinceMs = sameWork && current !== null ? current.sinceMs : performance.now();
      current = { text: plainText(text), sinceMs };
      draw();
      // The process may end while the line is still shown.
      timer ??= setInterval(draw, turnMs).unref();
    },
    clear: () => {
      if (current === null) return;
      clearInterval(timer);
      timer = undefined;
      current = null;
      write(backToStart);
    },
  };
}

function clockText(seconds: number): string {
  return seconds < 120 ? `${String(seconds)} s` : formatDuration(seconds * 1000);
}

/**
 * What a line is about, without how far it is and what was heard of it last: `pulling x: 40 %` and
 * `pulling x: 45 %` are one work, and so are `step 2/3 RUN make` and `step 2/3 RUN make | cc -o main`.
 */
function subjectOf(text: string): string {
  return (text.split(' | ', 1)[0] ?? '').replaceAll(/\d+/g, '0');
}
