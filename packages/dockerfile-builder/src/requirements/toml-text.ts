import { parse, TomlError } from 'smol-toml';
import type { TextProblem } from './text-problem.ts';

/** Reads TOML into plain data, or says where it is wrong. */
export function readToml(
  text: string,
  file: string,
):
  | { readonly ok: true; readonly data: unknown }
  | { readonly ok: false; readonly problem: TextProblem } {
  try {
    return { ok: true, data: parse(text) };
  } catch (error) {
    // smol-toml has no other way to say it; its message has a code frame after the first line.
    if (!(error instanceof TomlError)) throw error;
    const message = error.message.split('\n')[0] ?? 'this is no TOML';
    const { line, column } = error;
    return { ok: false, problem: { file, line, column, message, hint: null } };
  }
}

/**
 * Where a string value stands, from 1: the parser doesn't say. Looks for the value in quotes from
 * the header of its table on; the header's own place, or the beginning, when it isn't found.
 */
export function placeOfValue(
  text: string,
  options: { readonly after: string; readonly value: string },
): { readonly line: number; readonly column: number } {
  const header = Math.max(0, text.indexOf(options.after));
  const written = [JSON.stringify(options.value), `'${options.value}'`];
  const found = written.map((form) => text.indexOf(form, header)).filter((at) => at !== -1);
  const before = text.slice(0, found.length === 0 ? header : Math.min(...found)).split('\n');
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 };
}
