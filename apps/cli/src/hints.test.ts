import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseCommandLine } from '@ds01/command-line';
import { describe, expect, test } from 'vitest';
import { program } from './program.ts';

const root = join(import.meta.dirname, '../../..');
const sources = globSync(['packages/*/src/**/*.ts', 'apps/{cli,server}/src/**/*.ts'], {
  cwd: root,
}).filter((path) => !/\.test\.ts$|\/testing\/|\/dist\//.test(path));

/** A command that an error tells people to type, as it stands in the sources. */
interface Hint {
  readonly line: string;
  readonly from: string;
}

/** Hints that are commands; what is filled in becomes a name, or a flag where one is meant. */
function hintsIn(path: string): readonly Hint[] {
  const text = readFileSync(join(root, path), 'utf8');
  const found = [...text.matchAll(/\bhint:[^,;]*?(?<quote>['`])(?<line>ds01 [^'`\n]+)\k<quote>/g)];
  return found.flatMap(({ groups }) => {
    const line = (groups?.['line'] ?? '').replaceAll(/\$\{([^}]*)\}/g, (_, value: string) =>
      /flag/i.test(value) ? '--cpu-only' : 'thesis',
    );
    return line
      .split(/, then | \| /)
      .filter((part) => part.startsWith('ds01 '))
      .map((part) => ({ line: part, from: path }));
  });
}

/** The words of a line as a shell reads them, as far as hints go: quotes hold blanks together. */
function wordsOf(line: string): readonly string[] {
  const found = line.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? [];
  return found.map((word) => word.replaceAll(/["']/g, ''));
}

const hints = [...new Map(sources.flatMap(hintsIn).map((hint) => [hint.line, hint])).values()];

describe('what errors tell people to type', () => {
  test('is found', () => {
    expect(hints.length).toBeGreaterThan(40);
  });

  test.each(hints)('$line', ({ line, from }) => {
    const [, ...words] = wordsOf(line);
    expect(() => parseCommandLine(program, 'ds01', words), from).not.toThrow();
  });
});
