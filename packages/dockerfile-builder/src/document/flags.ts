import { isBlank } from './lines.ts';
import type { InstructionFlag } from './types.ts';

/**
 * The `--name=value` words in front of an instruction's body, read as engines do: quotes and
 * backslashes are resolved whatever the escape character is, a lone `--` ends them.
 */
export function readFlags(
  text: string,
  from: number,
): { flags: InstructionFlag[]; bodyAt: number } {
  const flags: InstructionFlag[] = [];
  let at = from;
  for (;;) {
    while (at < text.length && isBlank(text, at)) at += 1;
    if (!text.startsWith('--', at)) return { flags, bodyAt: at };
    const start = at;
    const word = readFlagWord(text, at);
    at = word.end;
    if (word.value === '--') {
      while (at < text.length && isBlank(text, at)) at += 1;
      return { flags, bodyAt: at };
    }
    flags.push(flagOf(word.value, { start, end: at, raw: text.slice(start, at) }));
  }
}

function readFlagWord(text: string, from: number): { value: string; end: number } {
  let value = '';
  let quote = '';
  let at = from;
  for (; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (quote === '' && isBlank(text, at)) break;
    if (char === quote) quote = '';
    else if (quote === '' && (char === '"' || char === "'")) quote = char;
    else if (char === '\\') {
      at += 1;
      value += text.charAt(at);
    } else value += char;
  }
  return { value, end: Math.min(at, text.length) };
}

function flagOf(
  word: string,
  { start, end, raw }: { start: number; end: number; raw: string },
): InstructionFlag {
  const equals = word.indexOf('=');
  return {
    name: equals === -1 ? word.slice(2) : word.slice(2, equals),
    value: equals === -1 ? null : word.slice(equals + 1),
    start,
    end,
    plain: raw === word && isAscii(word),
  };
}

/** Whether a text has printable ASCII characters only. */
export function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < 0x20 || code > 0x7e) return false;
  }
  return true;
}
