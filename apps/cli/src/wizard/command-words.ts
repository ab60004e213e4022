import type { FlagSpec, FlagValues } from '@ds01/command-line';

/** The flags that were given, as words of a command line again. */
export function flagWords(specs: readonly FlagSpec[], flags: FlagValues): readonly string[] {
  return specs.flatMap(({ flags: notation }) => {
    const name = /--([a-z][a-z-]*)/.exec(notation)?.[1] ?? '';
    const isNegative = name.startsWith('no-') && !notation.includes('<');
    const value = flags[camelCase(isNegative ? name.slice('no-'.length) : name)];
    if (isNegative) return value === false ? [`--${name}`] : [];
    if (value === undefined || value === false) return [];
    if (value === true) return [`--${name}`];
    const values = Array.isArray(value) ? value : [value];
    return values.flatMap((each) => [`--${name}`, String(each)]);
  });
}

function camelCase(name: string): string {
  return name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** Words as a line that a shell reads as the same words. */
export function lineOf(words: readonly string[]): string {
  return words.map(quoted).join(' ');
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
