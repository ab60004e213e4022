/** A table as Markdown, its columns aligned the way that `pnpm format` leaves them. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, ...rows].map((cells) => cells.map(escapeCell));
  const widths = head.map((_, column) =>
    Math.max(3, ...lines.map((cells) => width(cells[column] ?? ''))),
  );
  const render = (cells: readonly string[]): string =>
    `| ${widths.map((size, column) => pad(cells[column] ?? '', size)).join(' | ')} |`;
  const rule = `| ${widths.map((size) => '-'.repeat(size)).join(' | ')} |`;
  const [first = [], ...others] = lines;
  return [render(first), rule, ...others.map(render)].join('\n');
}

/** Text in the type of code. */
export function code(text: string): string {
  return text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``;
}

/** Parts of a page with an empty line between them. */
export function page(...parts: readonly (string | null)[]): string {
  return `${parts.filter((part) => part !== null && part !== '').join('\n\n')}\n`;
}

/** The first line of every page that is made by the generator. */
export const notice = '<!-- Made by `pnpm reference` from the code; edit the code instead. -->';

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

function width(text: string): number {
  return Array.from(text).length;
}

function pad(text: string, size: number): string {
  return text + ' '.repeat(Math.max(0, size - width(text)));
}
