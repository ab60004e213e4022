import { optionRules } from './option-table.ts';
import type { OffsetProblem } from './text-problem.ts';

/** An option as a line has it. */
export interface ParsedOption {
  /** Its long name, such as `--index-url` for `-i`. */
  readonly name: string;
  /** Without quotes; `null` when it takes none. */
  readonly value: string | null;
  readonly perRequirement: boolean;
  /** Where it and its value begin in the line. */
  readonly offset: number;
  readonly valueOffset: number;
}

interface Word {
  readonly value: string;
  readonly offset: number;
}

/** Splits as a POSIX shell would without expanding anything (pip uses Python's `shlex`). */
function splitWords(text: string, from: number): Word[] | OffsetProblem {
  const words: Word[] = [];
  let offset = from;
  while (offset < text.length) {
    if (/\s/.test(text[offset] ?? '')) {
      offset += 1;
      continue;
    }
    const start = offset;
    let value = '';
    while (offset < text.length && !/\s/.test(text[offset] ?? '')) {
      const character = text[offset] ?? '';
      if (character === '"' || character === "'") {
        const end = text.indexOf(character, offset + 1);
        if (end === -1) return { offset, message: 'this text has no closing quote', hint: null };
        value += text.slice(offset + 1, end);
        offset = end + 1;
      } else if (character === '\\') {
        value += text[offset + 1] ?? '';
        offset += 2;
      } else {
        value += character;
        offset += 1;
      }
    }
    words.push({ value, offset: start });
  }
  return words;
}

function nameOf(word: string): { readonly name: string; readonly attached: string | null } {
  if (word.startsWith('--')) {
    const equals = word.indexOf('=');
    if (equals === -1) return { name: word, attached: null };
    return { name: word.slice(0, equals), attached: word.slice(equals + 1) };
  }
  return { name: word.slice(0, 2), attached: word.length > 2 ? word.slice(2) : null };
}

function unknown(name: string, offset: number): OffsetProblem {
  // Only what an option's name is made of: what is glued to it may be an address with a password.
  const shown = /^-{1,2}[A-Za-z-]*/.exec(name)?.[0] ?? '-';
  const near = [...optionRules.keys()].find((known) => shown.length > 3 && known.startsWith(shown));
  return {
    offset,
    message: `${shown} is no option of a requirements file`,
    hint: near === undefined ? null : `write ${near}`,
  };
}

/** Where the options of a line begin: at the first word with `-` in front; the end without any. */
export function optionsOffset(line: string): number {
  const found = /(?:^|\s)-/.exec(line);
  if (found === null) return line.length;
  return line[found.index] === '-' ? found.index : found.index + 1;
}

/** The options of a line from an offset on. Refuses unknown ones, and one without its value. */
export function parseOptions(
  line: string,
  from: number,
):
  | { readonly ok: true; readonly options: readonly ParsedOption[] }
  | { readonly ok: false; readonly problem: OffsetProblem } {
  const words = splitWords(line, from);
  if (!Array.isArray(words)) return { ok: false, problem: words };
  const options: ParsedOption[] = [];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index];
    if (word === undefined) break;
    if (!word.value.startsWith('-') || word.value === '-' || word.value === '--') {
      const message = 'only options can follow an option';
      const hint = 'the requirement stands first, its options after it';
      return { ok: false, problem: { offset: word.offset, message, hint } };
    }
    const { name, attached } = nameOf(word.value);
    const rule = optionRules.get(name);
    if (rule === undefined) return { ok: false, problem: unknown(name, word.offset) };
    const longName = rule.spellings[0];
    if (!rule.takesValue && attached !== null) {
      const message = `${longName} takes no value`;
      return { ok: false, problem: { offset: word.offset, message, hint: null } };
    }
    const next = rule.takesValue && attached === null ? words[index + 1] : undefined;
    if (next !== undefined) index += 1;
    const value = rule.takesValue ? (attached ?? next?.value ?? '') : null;
    if (value === '') {
      const message = `${longName} needs a value`;
      return { ok: false, problem: { offset: word.offset, message, hint: null } };
    }
    const valueOffset = next?.offset ?? word.offset + word.value.length - (attached?.length ?? 0);
    const { perRequirement } = rule;
    options.push({ name: longName, value, perRequirement, offset: word.offset, valueOffset });
  }
  return { ok: true, options };
}
