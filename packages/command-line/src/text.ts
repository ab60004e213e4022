import { stripVTControlCharacters } from 'node:util';
import { eastAsianWidth } from 'get-east-asian-width';

/** Columns that a text takes on a terminal: wide signs and emoji two, combining marks none. */
export function textWidth(text: string): number {
  if (isPlain(text)) return text.length;
  return signsOf(text).reduce((width, sign) => width + signWidth(sign), 0);
}

/** The text, or as much of its beginning as fits into a width, with `…` at the end. */
export function cutText(text: string, width: number): string {
  return textWidth(text) <= width ? text : `${beginningOf(text, width - 1)}…`;
}

/** The longest beginning that fits into a width. */
function beginningOf(text: string, width: number): string {
  if (isPlain(text)) return text.slice(0, Math.max(0, width));
  let beginning = '';
  let used = 0;
  for (const sign of signsOf(text)) {
    used += signWidth(sign);
    if (used > width) break;
    beginning += sign;
  }
  return beginning;
}

function isPlain(text: string): boolean {
  return /^[\u0020-\u007E]*$/.test(text);
}

let segmenter: Intl.Segmenter | undefined;

/** What a reader takes for one sign each: a letter with its marks, a whole emoji. */
function signsOf(text: string): readonly string[] {
  segmenter ??= new Intl.Segmenter('en');
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

function signWidth(sign: string): number {
  if (/^[\p{Mark}\p{Default_Ignorable_Code_Point}\p{Cc}]+$/u.test(sign)) return 0;
  if (/^\p{RGI_Emoji}$/v.test(sign)) return 2;
  return eastAsianWidth(sign.codePointAt(0) ?? 0);
}

/** The text with blanks up to a width; longer text stays as it is. */
export function padText(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - textWidth(text)));
}

/**
 * One line of text, harmless for a terminal: without escape sequences, and with `?` for every control
 * character and every mark that changes the direction of writing. Names may come from anybody.
 */
export function plainText(text: string): string {
  return /[^\u0020-\u007E]/.test(text)
    ? stripVTControlCharacters(text)
        .replaceAll(/\s+/gu, ' ')
        .replaceAll(/[\p{Cc}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu, '?')
    : text;
}

/**
 * Lines of text, harmless for a terminal: colours stay, and `?` stands for every other control
 * character and every mark that changes the direction of writing.
 */
export function harmlessLines(text: string): string {
  return text.replaceAll(/\u001B\[[\d;]*m|[^\P{Cc}\n\t]|[\u202A-\u202E\u2066-\u2069]/gu, (found) =>
    found.length > 1 ? found : '?',
  );
}

/** Text in lines of at most a width, broken at blanks; a longer word is broken where it must. */
export function wrapText(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const joined = line === '' ? word : `${line} ${word}`;
    if (textWidth(joined) <= width) {
      line = joined;
      continue;
    }
    if (line !== '') lines.push(line);
    line = word;
    while (textWidth(line) > width) {
      const beginning = beginningOf(line, width);
      if (beginning === '') break;
      lines.push(beginning);
      line = line.slice(beginning.length);
    }
  }
  return [...lines, line];
}
