import { z } from 'zod';
import { isBlank } from '../document/lines.ts';

/** Words of an instruction's body, quotes and escapes kept as written. */
export function rawWords(text: string, escape: string): string[] {
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
    if (char === escape) {
      at += 1;
      word += text.charAt(at);
    } else if (char === quote) quote = '';
    else if (quote === '' && (char === '"' || char === "'")) quote = char;
  }
  if (word !== '') words.push(word);
  return words;
}

const strings = z.array(z.string());

/**
 * The strings of a body in JSON form; `null` when it isn't one, `unclear` when it begins like one and
 * an engine may read its beginning only.
 */
export function jsonWords(body: string): string[] | null | 'unclear' {
  if (!body.startsWith('[')) return null;
  try {
    const parsed = strings.safeParse(JSON.parse(body));
    return parsed.success ? parsed.data : 'unclear';
  } catch {
    return /^\[\s*["\]]/.test(body) ? 'unclear' : null;
  }
}
