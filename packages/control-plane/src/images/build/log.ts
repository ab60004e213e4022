/** What a build printed, as far as it is kept. */
export interface BuildLog {
  add(text: string): void;
  /** The end of it; `isCut` when the beginning is missing. */
  read(): { readonly text: string; readonly isCut: boolean };
}

const maxBytes = 2 ** 20;

/** A log that keeps the last MiB, from the beginning of a line on. */
export function createBuildLog(): BuildLog {
  let pieces: Buffer[] = [];
  let length = 0;
  let isCut = false;
  const shorten = (): void => {
    const all = Buffer.concat(pieces, length);
    const from = all.length - maxBytes;
    const line = all.indexOf(0x0a, from) + 1;
    pieces = [all.subarray(line === 0 ? from : line)];
    length = pieces[0]?.length ?? 0;
    isCut = true;
  };
  return {
    add(text) {
      const piece = Buffer.from(text);
      pieces.push(piece);
      length += piece.length;
      // Not at each line: putting it together costs as much as it is long.
      if (length > 2 * maxBytes) shorten();
    },
    read() {
      if (length > maxBytes) shorten();
      return { text: Buffer.concat(pieces, length).toString(), isCut };
    },
  };
}
