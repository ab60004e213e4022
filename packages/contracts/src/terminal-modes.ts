/** Follows which modes a program has switched on in its terminal. */
export interface TerminalModes {
  /** Output of the program, in order, cut anywhere. */
  push(bytes: Uint8Array): void;
  /** The modes that are on and were off at the beginning, or off and were on, by their numbers. */
  changed(): readonly ChangedMode[];
}

/** A mode (DECSET) that isn't what it was. */
export interface ChangedMode {
  readonly mode: number;
  readonly on: boolean;
}

/** Modes that a new terminal has switched on: wrapping at the margin (7) and the cursor (25). */
const onAtFirst: ReadonlySet<number> = new Set([7, 25]);

/**
 * Modes that outlive the program that set them and disturb whoever comes after: cursor keys, wrapping,
 * cursor, mouse and focus reports, the alternate screen, pasting in brackets.
 */
const followed: ReadonlySet<number> = new Set([
  1, 7, 9, 25, 47, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1015, 1016, 1047, 1049, 2004,
]);

/** Modes that show the alternate screen (xterm's ctlseqs). */
export const alternateScreenModes: ReadonlySet<number> = new Set([47, 1047, 1049]);

const escape = 0x1b;
const [bracket, question, reset, high, low] = [0x5b, 0x3f, 0x63, 0x68, 0x6c];
/** Longer sequences set no mode. */
const maxSequenceBytes = 64;

/** A terminal as it is when a program begins. */
export function createTerminalModes(): TerminalModes {
  const changed = new Map<number, boolean>();
  let pending: Uint8Array = new Uint8Array(0);
  const set = (text: string, on: boolean): void => {
    for (const mode of text.split(';').map(Number)) {
      if (!followed.has(mode)) continue;
      if (onAtFirst.has(mode) === on) changed.delete(mode);
      else changed.set(mode, on);
    }
  };
  /** Reads one sequence; false when more has to come first. */
  const read = (bytes: Uint8Array, at: number): boolean => {
    const kind = bytes[at + 1];
    if (kind === reset) changed.clear();
    if (kind !== undefined && kind !== bracket) return true;
    const mark = bytes[at + 2];
    if (mark !== undefined && mark !== question) return true;
    const most = at + maxSequenceBytes;
    let end = at + 3;
    while (end < most && isParameter(bytes[end])) end += 1;
    if (end >= bytes.length) return end >= most;
    const final = bytes[end];
    if (final === high || final === low) {
      set(String.fromCharCode(...bytes.subarray(at + 3, end)), final === high);
    }
    return true;
  };
  return {
    push(chunk) {
      const bytes = pending.length === 0 ? chunk : joined(pending, chunk);
      pending = new Uint8Array(0);
      for (let at = bytes.indexOf(escape); at !== -1; at = bytes.indexOf(escape, at + 1)) {
        if (!read(bytes, at)) {
          pending = bytes.slice(at);
          return;
        }
      }
    },
    changed: () => [...changed].map(([mode, on]) => ({ mode, on })),
  };
}

/** A digit or what separates numbers. */
function isParameter(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x3b && byte !== 0x3a;
}

/** What makes a terminal have these modes. */
export function modesText(modes: readonly ChangedMode[]): string {
  return modes.map(({ mode, on }) => `\u001b[?${String(mode)}${on ? 'h' : 'l'}`).join('');
}

/** What makes a terminal as it was before these modes, the alternate screen last. */
export function undoModesText(modes: readonly ChangedMode[]): string {
  const isScreen = ({ mode }: ChangedMode): boolean => alternateScreenModes.has(mode);
  const undone = modes
    .toSorted((one, other) => Number(isScreen(one)) - Number(isScreen(other)))
    .map(({ mode, on }) => ({ mode, on: !on }));
  return undone.length === 0 ? '' : `${modesText(undone)}\u001b[0m`;
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}
