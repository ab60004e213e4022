import { isBlank } from '../document/lines.ts';

/** A piece of a shell command. */
export interface ShellToken {
  /** `word`: stands for `text`. `raw`: something that only a shell can tell, as written. */
  readonly kind: 'word' | 'operator' | 'raw';
  readonly text: string;
}

const operators = new Set([';', '&', '|', '<', '>', '(', ')']);
/** What a shell gives a meaning in a word that isn't quoted; a tilde where a path may begin. */
const special = new Set(['*', '?', '[', '~', '{', '#', '!', '$', '`']);

/** Cuts a shell command into words and operators; `null` when a quote isn't closed. */
export function shellTokens(command: string): ShellToken[] | null {
  const tokens: ShellToken[] = [];
  let at = 0;
  for (;;) {
    while (at < command.length && isBlank(command, at)) at += 1;
    if (at >= command.length) return tokens;
    if (operators.has(command.charAt(at))) {
      const start = at;
      while (operators.has(command.charAt(at))) at += 1;
      tokens.push({ kind: 'operator', text: command.slice(start, at) });
      continue;
    }
    const word = readWord(command, at);
    if (word === null) return null;
    tokens.push(word.token);
    at = word.end;
  }
}

function readWord(command: string, start: number): { token: ShellToken; end: number } | null {
  let text = '';
  let raw = false;
  let at = start;
  while (at < command.length && !isBlank(command, at) && !operators.has(command.charAt(at))) {
    const char = command.charAt(at);
    if (char === "'") {
      const end = command.indexOf("'", at + 1);
      if (end === -1) return null;
      text += command.slice(at + 1, end);
      at = end + 1;
    } else if (char === '"') {
      const quoted = readDoubleQuoted(command, at + 1);
      if (quoted === null) return null;
      text += quoted.text;
      raw ||= quoted.raw;
      at = quoted.end;
    } else if (char === '\\') {
      text += command.charAt(at + 1);
      at += 2;
    } else {
      const inside = char === '~' && at > start && !['=', ':'].includes(command.charAt(at - 1));
      raw ||= special.has(char) && !inside;
      text += char;
      at += 1;
    }
  }
  const token = raw
    ? ({ kind: 'raw', text: command.slice(start, at) } as const)
    : ({ kind: 'word', text } as const);
  return { token, end: at };
}

function readDoubleQuoted(
  command: string,
  start: number,
): { text: string; raw: boolean; end: number } | null {
  let text = '';
  let raw = false;
  let depth = 0;
  for (let at = start; at < command.length; at += 1) {
    const char = command.charAt(at);
    if (char === '"' && depth === 0) return { text, raw, end: at + 1 };
    if (char === '$' || char === '`') raw = true;
    if (command.startsWith('$(', at)) depth += 1;
    if (char === ')' && depth > 0) depth -= 1;
    const next = command.charAt(at + 1);
    const escapes = char === '\\' && ['"', '$', '`', '\\'].includes(next);
    text += escapes ? next : char;
    if (escapes) at += 1;
  }
  return null;
}
