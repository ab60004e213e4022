/** How often it is asked; the engine waits 2 s for a reader after the process ended. */
const askEveryMs = 250;

/** More than the engine, its pipes and its connection hold of a process that ended. */
const lastOutputBytes = 2 * 1_048_576;

/** Room for the last output of a process whose reader is slow. */
export interface LastOutput {
  /** Reading waits for the reader: from now on it is watched whether the process still runs. */
  stalled(): void;
  /** Counts bytes that were read; true while more may be read although the reader is slow. */
  hasRoomAfter(bytes: number): boolean;
  stop(): void;
}

/**
 * The engine drops what nobody has read 2 s after a process ended, and says nothing. So once it has,
 * its last output is taken whether there is a reader or not: `goOn` is called, once, and there is
 * room for 2 MiB. What others inside go on writing to the same output finds no room beyond that.
 */
export function createLastOutput(options: {
  readonly isStalled: () => boolean;
  readonly hasEnded: () => Promise<boolean>;
  readonly goOn: () => void;
}): LastOutput {
  let timer: NodeJS.Timeout | undefined;
  let asking = false;
  let stopped = false;
  let room = 0;
  const stop = (): void => {
    stopped = true;
    clearInterval(timer);
  };
  const ask = async (): Promise<void> => {
    if (asking || !options.isStalled()) return;
    asking = true;
    // An engine that can't answer breaks the connection anyway.
    const ended = await options.hasEnded().catch(() => false);
    asking = false;
    if (!ended || stopped) return;
    stop();
    room = lastOutputBytes;
    options.goOn();
  };
  return {
    stalled() {
      if (stopped) return;
      timer ??= setInterval(() => void ask(), askEveryMs).unref();
    },
    hasRoomAfter(bytes) {
      room = Math.max(0, room - bytes);
      return room > 0;
    },
    stop,
  };
}
