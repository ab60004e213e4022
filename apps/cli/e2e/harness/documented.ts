/** A fenced block of a guide. */
export interface Block {
  readonly language: string;
  /** Words after the language: `run`, `file=gate.json`, `exit=5`. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly text: string;
  /** Line of its first fence, from 1. */
  readonly line: number;
}

/** A command of a console block, and the output that the guide shows for it. */
export interface Shown {
  readonly command: string;
  readonly output: readonly string[];
}

/** The fenced blocks of a Markdown text, in order. */
export function blocksOf(markdown: string): readonly Block[] {
  const blocks: Block[] = [];
  for (const match of markdown.matchAll(/^```(\w+)([^\n]*)\n([^]*?)^```$/gm)) {
    const [, language = '', words = '', text = ''] = match;
    const attributes = new Map(
      words
        .split(/\s+/)
        .filter((word) => word !== '')
        .map((word) => {
          const [name = '', value = ''] = word.split('=');
          return [name, value];
        }),
    );
    const line = markdown.slice(0, match.index).split('\n').length;
    blocks.push({ language, attributes, text, line });
  }
  return blocks;
}

/** The commands of a console block: each begins with `$ `, its output follows. */
export function shownCommands(block: Block): readonly Shown[] {
  const shown: { command: string; output: string[] }[] = [];
  for (const line of block.text.trimEnd().split('\n')) {
    if (line.startsWith('$ ')) shown.push({ command: line.slice(2), output: [] });
    else shown.at(-1)?.output.push(line);
  }
  return shown;
}

/**
 * The first shown line that the output doesn't have, in order; `null` when all are there. `...` in a
 * shown line stands for anything, runs of spaces for one, and output between shown lines is ignored.
 */
export function missingLine(shown: readonly string[], output: string): string | null {
  const lines = output.split('\n').map(squeeze);
  let at = 0;
  for (const line of shown) {
    const parts = line.split('...').map((part) => escapeText(squeeze(part)));
    const pattern = new RegExp(`^${parts.join('.*')}$`);
    const found = lines.findIndex((candidate, index) => index >= at && pattern.test(candidate));
    if (found === -1) return line;
    at = found + 1;
  }
  return null;
}

function squeeze(line: string): string {
  return line.trim().replaceAll(/\s+/g, ' ');
}

function escapeText(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
