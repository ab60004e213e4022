import { isBlank, type SourceLine } from './lines.ts';
import type { Heredoc } from './types.ts';

interface HeredocOpening {
  readonly name: string;
  readonly quoted: boolean;
  readonly tabs: boolean;
}

const withHeredocs = new Set(['RUN', 'COPY', 'ADD']);

/**
 * Heredocs that a line opens: words like `<<EOF`, `3<<-"EOF"` that stand for themselves, outside quotes.
 * Backslashes escape here whatever the file's escape character is; `certain` says whether that one
 * would give the same.
 */
export function heredocOpenings(
  line: string,
  { keyword, argumentsAt, escape }: { keyword: string; argumentsAt: number; escape: string },
): { openings: HeredocOpening[]; certain: boolean } {
  const rest = line.slice(argumentsAt);
  const inner = keyword === 'ONBUILD' ? (rest.split(/[\t\v\f\r ]/, 1)[0] ?? '') : '';
  const body = rest.slice(inner.length);
  if (!withHeredocs.has(inner === '' ? keyword : inner.toUpperCase())) {
    return { openings: [], certain: true };
  }
  const openings = openingsIn(body, '\\');
  return { openings, certain: openings.length === openingsIn(body, escape).length };
}

function openingsIn(body: string, escape: string): HeredocOpening[] {
  if (!body.includes('<<')) return [];
  return wordsWithQuotes(body, escape)
    .map((word) => openingOf(word, escape))
    .filter((opening) => opening !== null);
}

function wordsWithQuotes(text: string, escape: string): string[] {
  const words: string[] = [];
  let word = '';
  let quote = '';
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (quote === '' && isBlank(text, at)) {
      if (word !== '') words.push(word);
      word = '';
      continue;
    }
    word += char;
    if (char === escape && quote !== "'") {
      at += 1;
      word += text.charAt(at);
    } else if (char === quote) quote = '';
    else if (quote === '' && (char === '"' || char === "'")) quote = char;
  }
  if (word !== '') words.push(word);
  return words;
}

function openingOf(word: string, escape: string): HeredocOpening | null {
  let at = 0;
  while (word.charAt(at) >= '0' && word.charAt(at) <= '9') at += 1;
  if (!word.startsWith('<<', at)) return null;
  at += 2;
  const tabs = word.charAt(at) === '-';
  if (tabs) at += 1;
  const raw = word.slice(at);
  if (raw === '' || raw.includes('<')) return null;
  let name = '';
  for (let index = 0; index < raw.length; index += 1) {
    const char = raw.charAt(index);
    if (char === escape) {
      index += 1;
      name += raw.charAt(index);
    } else if (char !== '"' && char !== "'") name += char;
  }
  return name === '' ? null : { name, quoted: name !== raw, tabs };
}

/** Reads the bodies of heredocs, one behind the other, from a line on. */
export function readHeredocs(
  text: string,
  {
    lines,
    from,
    openings,
  }: { lines: readonly SourceLine[]; from: number; openings: HeredocOpening[] },
): { heredocs: Heredoc[]; next: number } {
  const heredocs: Heredoc[] = [];
  let at = from;
  for (const opening of openings) {
    const startOffset = lines[at]?.start ?? text.length;
    while (at < lines.length && !closes(text, lines[at], opening)) at += 1;
    const endOffset = lines[at]?.start ?? text.length;
    const terminated = at < lines.length;
    if (terminated) at += 1;
    heredocs.push({ ...opening, startOffset, endOffset, terminated });
  }
  return { heredocs, next: at };
}

function closes(
  text: string,
  line: SourceLine | undefined,
  { name, tabs }: HeredocOpening,
): boolean {
  if (line === undefined) return false;
  let start = line.start;
  while (tabs && text[start] === '\t') start += 1;
  return text.slice(start, line.end) === name;
}
