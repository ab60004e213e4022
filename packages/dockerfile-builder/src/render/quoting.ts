/** A word for a POSIX shell that stands for exactly this text, quoted when it needs to be. */
export function shellWord(text: string): string {
  if (/^[A-Za-z0-9_@%+=:,./-]+$/.test(text)) return text;
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/**
 * A value for `ENV` and `LABEL`, whose words Docker expands like a shell would (its own reader:
 * double quotes, `\` before `"`, `$` and `\`).
 */
export function dockerfileValue(text: string): string {
  return `"${text.replaceAll(/["$\\]/g, String.raw`\$&`)}"`;
}

/** The JSON form of `RUN`, `CMD` and `ENTRYPOINT`, in which nothing is expanded. */
export function jsonWords(words: readonly string[]): string {
  return `[${words.map(jsonWord).join(', ')}]`;
}

/** JSON leaves some characters as they are that other readers take for the end of a line. */
function jsonWord(word: string): string {
  return JSON.stringify(word).replaceAll(
    /[\u007F-\u009F\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

const plainPath = /^[A-Za-z0-9_@%+=:,./-]+$/;

/**
 * Sources and destination of a `COPY`. Docker expands variables and quotes in them even in the JSON
 * form, and takes `*`, `?` and `[` in sources for wildcards; a wildcard in brackets is itself.
 */
export function copyWords(sources: readonly string[], destination: string): string {
  const words = [...sources.map((source) => source.replaceAll(/[*?[]/g, '[$&]')), destination];
  const plain = words.every((word) => plainPath.test(word) && !word.startsWith('-'));
  if (plain) return words.join(' ');
  return jsonWords(words.map((word) => word.replaceAll(/["'$\\]/g, String.raw`\$&`)));
}

/** An instruction over several lines: a beginning, and one word a line after it. */
export function multiLine(beginning: string, words: readonly string[]): string {
  return [beginning, ...words.map((word) => `    ${word}`)].join(' \\\n');
}
