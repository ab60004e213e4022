import { alternateScreenModes, modesText, type ChangedMode } from '@ds01/contracts';

/** What a terminal showed: the last output of its program, and the modes that are on now. */
export interface TerminalPicture {
  readonly output: Uint8Array;
  readonly modes: readonly ChangedMode[];
  /** Lines of the terminal that is to show it. */
  readonly rows: number;
}

/** More lines than one sees are of use for scrolling back a little. */
const screensShown = 2;

/**
 * What makes a terminal look as it was left: the last lines, without what earlier full-screen
 * programs drew, and the screen of one that runs now, which is expected to draw it anew. Nothing in
 * it makes the terminal answer, ring or copy: it was asked when this was first printed.
 */
export function repaintOf({ output, modes, rows }: TerminalPicture): Buffer {
  const text = Buffer.from(output).toString('latin1');
  const { main, alternate } = splitScreens(text);
  const isAlternate = modes.some(({ mode, on }) => on && alternateScreenModes.has(mode));
  const lines = lastLines(withoutQuestions(main), Math.max(rows, 24) * screensShown);
  const screen = modesText(modes.filter(({ mode }) => alternateScreenModes.has(mode)));
  const others = modesText(modes.filter(({ mode }) => !alternateScreenModes.has(mode)));
  const drawn = isAlternate ? `${screen}\u001b[H\u001b[2J${withoutQuestions(alternate ?? '')}` : '';
  return Buffer.from(`\u001b[0m${lines}${drawn}${others}`, 'latin1');
}

/** The last lines with something in them, as plain text of at most 200 characters each. */
export function lastLinesOf(output: Uint8Array, count: number): readonly string[] {
  const { main } = splitScreens(Buffer.from(output).toString('latin1'));
  const plain = withoutQuestions(main).replaceAll(/\u001b(?:\[[ -?]*[@-~]|[ -/]*[0-~])/g, '');
  return Buffer.from(plain, 'latin1')
    .toString('utf8')
    .split('\n')
    .map((line) => line.split('\r').findLast((part) => part !== '') ?? '')
    .map((line) => printable(line).trimEnd().slice(0, 200))
    .filter((line) => line !== '')
    .slice(-count);
}

function printable(line: string): string {
  return line.replaceAll(/\p{Cc}/gu, '');
}

/**
 * The main screen's output, and that of the alternate screen since it was last entered; `null` when
 * that is not in there. Output that begins in an alternate screen has no main one until it is left.
 */
function splitScreens(text: string): {
  readonly main: string;
  readonly alternate: string | null;
} {
  // As long as `createTerminalModes` takes them for one; without a bound a program could keep us busy.
  const switches = /\u001b\[\?([\d;]{1,60})([hl])/g;
  let main = '';
  let alternate: string | null = null;
  let at = 0;
  for (const found of text.matchAll(switches)) {
    const modes = (found[1] ?? '').split(';').map(Number);
    if (!modes.some((mode) => alternateScreenModes.has(mode))) continue;
    if (found[2] === 'h') {
      if (alternate === null) main += text.slice(at, found.index);
      alternate = '';
    } else {
      if (alternate === null) main = '';
      alternate = null;
    }
    at = found.index + found[0].length;
  }
  const rest = text.slice(at);
  return alternate === null ? { main: main + rest, alternate: null } : { main, alternate: rest };
}

// What a terminal answers, and what it does besides drawing (xterm's ctlseqs): strings of every kind
// (titles, colours, clipboard), reports, and the bell. Control characters in a sequence don't end it,
// an escape does: what it cuts off goes first, so that taking something out joins nothing.
const inner = '[\\u0000-\\u0017\\u0019\\u001c-?]{0,100}';
const questions = [
  `\\u001b(?:\\[${inner})?(?=\\u001b)`,
  '\\u001b[\\]PX^_][^\\u0007\\u001b]*(?:\\u0007|\\u001b\\\\)?',
  `\\u001b(?:\\[${inner})?(?=\\u001b)`,
  `\\u001b\\[${inner}[cntx]`,
  `\\u001b\\[[<=>?]${inner}[Squm]`,
  `\\u001b\\[${inner}[!$]${inner}p`,
  `\\u001b[\\u0000-\\u0017\\u0019\\u001c-\\u001f]*(?:Z|\\[${inner}$|$)`,
  '[\\u0005\\u0007]',
].map((pattern) => new RegExp(pattern, 'g'));

function withoutQuestions(text: string): string {
  return questions.reduce((rest, question) => rest.replaceAll(question, ''), text);
}

/** Begins with a whole line, unless it is all there is. */
function lastLines(text: string, count: number): string {
  let at = text.length;
  for (let line = 0; line < count; line += 1) {
    at = text.lastIndexOf('\n', at - 1);
    if (at <= 0) return text;
  }
  return text.slice(at + 1);
}
