import { Readable } from 'node:stream';

/** A terminal’s input, or what stands for one. */
export type TerminalInput = Readable & {
  readonly isTTY?: boolean;
  readonly setRawMode?: (raw: boolean) => unknown;
};

/** What a question of the library reads: keys, and a terminal that it can make raw. */
export interface QuestionKeys {
  /** Gives one key's bytes at a time, and none after the question has paused it. */
  readonly keys: Readable;
  /** Leaves what was typed beyond the question in the terminal's stream, for who reads it next. */
  readonly end: () => void;
}

const carriageReturn = 0x0d;
const lineFeed = 0x0a;

/**
 * The keys of a terminal for one question. Between two questions the terminal is not raw: it makes
 * Enter a line feed (ICRNL, termios(3)), which the library takes for another key and clears the line;
 * here it is Enter again. And several answers typed at once come in one piece, of which the library
 * would drop what follows the first.
 */
export function keysOfQuestion(input: TerminalInput): QuestionKeys {
  const keys = new Readable({ read: () => undefined });
  const take = (typed: Buffer | string): void => {
    const bytes = Buffer.from(typed);
    for (const [at, byte] of bytes.entries()) {
      if (byte === lineFeed && bytes[at - 1] === carriageReturn) continue;
      keys.push(Buffer.of(byte === lineFeed ? carriageReturn : byte));
    }
  };
  const hangUp = (): void => void keys.push(null);
  input.on('data', take);
  input.on('end', hangUp);
  input.resume();
  return {
    keys: Object.assign(keys, {
      isTTY: input.isTTY === true,
      setRawMode: (raw: boolean): void => void input.setRawMode?.(raw),
    }),
    end: () => {
      input.off('data', take);
      input.off('end', hangUp);
      input.pause();
      keys.pause();
      const rest: unknown = keys.read();
      if (Buffer.isBuffer(rest)) input.unshift(rest);
    },
  };
}
