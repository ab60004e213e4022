import { writeSync } from 'node:fs';
import type { Size } from './frame.ts';

/** The parts of a process that a full-screen program uses. */
export interface TerminalProcess {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream & { readonly fd: number };
  readonly on: (event: string, listener: () => void) => unknown;
  readonly off: (event: string, listener: () => void) => unknown;
}

/** A terminal that belongs to this program until it is given back. */
export interface Terminal {
  size(): Size;
  /** Shows lines; of those that are there already nothing is written. */
  draw(lines: readonly string[]): void;
  /** The next lines are drawn on an empty screen. */
  redraw(): void;
  /** Gives it back as it was; may be called again. */
  restore(): void;
  /** Takes it again after {@link restore}. */
  take(): void;
}

const enter = '\u001B[?1049h\u001B[?25l\u001B[?7l';
const leave = '\u001B[?7h\u001B[?25h\u001B[?1049l';
const clear = '\u001B[2J';

/** Takes a terminal: its other screen, its keys one by one. It is given back however the process ends. */
export function takeTerminal(host: TerminalProcess): Terminal {
  const { stdin, stdout } = host;
  let shown: readonly string[] | null = null;
  let isTaken = false;
  const restore = (): void => {
    if (!isTaken) return;
    isTaken = false;
    host.off('exit', restore);
    stdin.setRawMode(false);
    stdin.pause();
    // Also in the last moment of a process, when nothing is written later.
    writeNow(stdout.fd, leave);
  };
  const take = (): void => {
    if (isTaken) return;
    isTaken = true;
    shown = null;
    host.on('exit', restore);
    stdin.setRawMode(true);
    stdin.resume();
    stdout.write(enter);
  };
  take();
  return {
    take,
    restore,
    size: () => ({ rows: stdout.rows, columns: stdout.columns }),
    redraw: () => {
      shown = null;
    },
    draw: (lines) => {
      // A slow line gets fewer frames, not old ones.
      if (!isTaken || stdout.writableNeedDrain) return;
      const text = difference(shown, lines);
      shown = lines;
      if (text !== '') stdout.write(text);
    },
  };
}

/** What has to be written so that a terminal that shows `before` shows `after`. */
export function difference(before: readonly string[] | null, after: readonly string[]): string {
  let text = before === null ? clear : '';
  const count = Math.max(before?.length ?? 0, after.length);
  for (let row = 0; row < count; row += 1) {
    const now = after[row] ?? '';
    if (before !== null && before[row] === now) continue;
    if (before === null && now === '') continue;
    text += `\u001B[${String(row + 1)};1H${now}\u001B[K`;
  }
  return text;
}

/** A terminal that takes nothing more right now is asked a few times. */
const attempts = 100;

function writeNow(descriptor: number, text: string): void {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    try {
      writeSync(descriptor, text);
      return;
    } catch (error) {
      // Anything else: the terminal is gone.
      if (!(error instanceof Error && Reflect.get(error, 'code') === 'EAGAIN')) return;
    }
  }
}
