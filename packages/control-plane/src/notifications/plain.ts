/** Widest line of a message to people. */
const lineWidth = 72;

/**
 * One line of text that does nothing to a terminal, a mail or a table: no control characters, none that
 * turn the direction of writing, one space for several. Names and reasons come from people.
 */
export function plainLine(text: string): string {
  return text.replaceAll(/[\s\p{C}\u2028\u2029]+/gu, ' ').trim();
}

/**
 * Text in lines of at most 72 characters, each made plain. One that begins with two
 * spaces is a command to type: it stays one line, however long its names are.
 */
export function plainLines(text: readonly string[]): readonly string[] {
  return text.flatMap((line) =>
    line.startsWith('  ') ? [`  ${plainLine(line)}`] : wrapped(plainLine(line).split(' ')),
  );
}

/** A word that is wider than a line, a path say, gets a line of its own, and is not cut. */
function wrapped(words: readonly string[]): readonly string[] {
  const lines: string[] = [];
  let current = '';
  for (const word of words) {
    if (current === '') current = word;
    else if (current.length + 1 + word.length <= lineWidth) current += ` ${word}`;
    else {
      lines.push(current);
      current = word;
    }
  }
  return [...lines, current];
}
