/** Bytes that are under way to somebody who says how far they are. */
export interface Window {
  /** Counts bytes that are sent now. */
  sent(bytes: number): void;
  /** What the other side has taken, from the first byte on. Fails for less than before, or more than sent. */
  taken(total: number): void;
  /** Calls once when there is room again: at once while there is. */
  whenOpen(go: () => void): void;
}

/** Nothing is under way. One message may go beyond the window: it is looked at in between. */
export function createWindow(windowBytes: number): Window {
  let sent = 0;
  let taken = 0;
  let waiting: (() => void) | null = null;
  return {
    sent: (bytes) => {
      sent += bytes;
    },
    taken: (total) => {
      if (total < taken || total > sent) throw new Error(`${total} bytes can't be taken`);
      taken = total;
      if (sent - taken >= windowBytes) return;
      const go = waiting;
      waiting = null;
      go?.();
    },
    whenOpen: (go) => {
      if (sent - taken < windowBytes) go();
      else waiting = go;
    },
  };
}

/** Counts what is taken, and tells how much in all once it is worth a message. */
export function createTaken(windowBytes: number, tell: (total: number) => void) {
  let total = 0;
  let told = 0;
  return (bytes: number): void => {
    total += bytes;
    if (total - told < windowBytes / 4) return;
    told = total;
    tell(total);
  };
}
