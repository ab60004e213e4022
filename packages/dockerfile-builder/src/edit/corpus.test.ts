import { readdirSync } from 'node:fs';
import { DockerfileParser } from 'dockerfile-ast';
import { describe, expect, test } from 'vitest';
import { analyseBuild } from '../analyse/analyse-build.ts';
import { readDockerfile } from '../document/read-dockerfile.ts';
import { lintDockerfile } from '../lint/lint-dockerfile.ts';
import { corpusTexts } from '../../fixtures/corpus/texts.ts';
import { editDockerfile } from './edit-dockerfile.ts';
import { packagesOf } from './packages-of.ts';
import type { DockerfileEdit } from './types.ts';

const added = 'zz-added[x]>=2; python_version < "3.99"';
const edits: Readonly<Record<'python' | 'system', readonly [DockerfileEdit, DockerfileEdit]>> = {
  python: [
    { kind: 'add-packages', packages: [added] },
    { kind: 'remove-packages', packages: ['ZZ_added'] },
  ],
  system: [
    { kind: 'add-system', packages: ['zz-tool', 'g++'] },
    { kind: 'remove-system', packages: ['zz-tool', 'g++'] },
  ],
};
const additions = corpusTexts.flatMap(({ name, text, takes }) =>
  (['python', 'system'] as const).map((kind) => ({ name, text, kind, can: takes.includes(kind) })),
);

function edit(text: string, edits: readonly DockerfileEdit[]) {
  const result = editDockerfile(text, edits);
  if (!result.ok) throw new Error(result.problems.map(({ message }) => message).join(' '));
  return result;
}

const instructionTexts = (text: string) =>
  readDockerfile(text).instructions.map((each) => each.text);

/** Instructions of `texts` that aren't in `others`, in order. */
function without(texts: readonly string[], others: readonly string[]): string[] {
  const left = [...others];
  return texts.filter((text) => {
    const at = left.indexOf(text);
    if (at !== -1) left.splice(at, 1);
    return at === -1;
  });
}

test('the corpus is complete, and has what a builder meets', () => {
  const files = readdirSync(new URL('../../fixtures/corpus/', import.meta.url));
  const names = files.filter((file) => file.endsWith('.Dockerfile')).toSorted();
  expect(corpusTexts.map(({ name }) => `${name}.Dockerfile`).toSorted()).toEqual(names);
  expect(names.length).toBeGreaterThanOrEqual(40);
  const buildable = corpusTexts.filter((each) => each.base !== null && each.classicBuilder);
  expect(buildable.length).toBeGreaterThanOrEqual(30);
});

describe.each(corpusTexts)('$name', ({ text, classicBuilder }) => {
  test('is cut into instructions whose offsets and lines are exact', () => {
    const lines = text.split('\n');
    for (const each of readDockerfile(text).instructions) {
      expect(text.slice(each.startOffset, each.endOffset)).toBe(each.text);
      expect(lines.slice(each.startLine - 1, each.endLine).join('\n')).toContain(each.text);
      for (const { at, offset, length } of each.logical.pieces) {
        expect(each.logical.text.slice(at, at + length)).toBe(text.slice(offset, offset + length));
      }
    }
  });

  test('is cut where dockerfile-ast cuts it', () => {
    const ours = readDockerfile(text).instructions;
    const theirs = DockerfileParser.parse(text).getInstructions();
    expect(ours.map(({ keyword, startLine }) => `${startLine} ${keyword}`)).toEqual(
      theirs.map((each) => `${each.getRange().start.line + 1} ${each.getKeyword()}`),
    );
  });

  test('is judged; what needs BuildKit is found', () => {
    const analysis = analyseBuild(text);
    const isClassic = analysis.ok && analysis.usesBuildKit.length === 0;
    expect(isClassic).toBe(classicBuilder);
    const rules = lintDockerfile(text).map(({ rule }) => rule);
    expect(rules.includes('needs-buildkit')).toBe(!classicBuilder);
    expect(rules).not.toContain('unreadable');
  });
});

test.each(additions.filter(({ can }) => can))(
  '$name: a $kind package is added in one instruction, once, and removed without a trace',
  ({ text, kind }) => {
    const [add, remove] = edits[kind];
    const after = edit(text, [add]).text;
    const before = instructionTexts(text);
    const now = instructionTexts(after);
    const fresh = without(now, before);
    expect(fresh).toHaveLength(1);
    expect(without(before, now).length).toBe(before.length + 1 - now.length);
    expect(fresh[0]).toMatch(/^run\s/i);
    expect(readDockerfile(after).oddities).toEqual(readDockerfile(text).oddities);
    expect(edit(after, [add])).toMatchObject({ changed: false, text: after });
    expect(edit(after, [remove]).text).toBe(text);
  },
);

test.each(additions.filter(({ can }) => !can))(
  '$name: no $kind package is added where none can be installed',
  ({ text, kind }) => {
    expect(editDockerfile(text, [edits[kind][0]])).toMatchObject({
      ok: false,
      problems: [{ code: 'edit.unsafe' }],
    });
  },
);

describe.each(corpusTexts)('$name', ({ text }) => {
  test('a package is taken out of the instructions that name it and no others', () => {
    for (const { name } of packagesOf(text).python) {
      const { text: after, notFound } = edit(text, [{ kind: 'remove-packages', packages: [name] }]);
      expect(notFound).toEqual([]);
      const gone = without(instructionTexts(text), instructionTexts(after));
      expect(gone.every((each) => each.toLowerCase().includes(name))).toBe(true);
      expect(gone.length).toBeGreaterThan(0);
      expect(packagesOf(after).python.map((each) => each.name)).not.toContain(name);
      expect(readDockerfile(after).oddities).toEqual(readDockerfile(text).oddities);
    }
  });

  test('a Debian package is taken out of the instructions that name it and no others', () => {
    for (const { name } of packagesOf(text).system) {
      const { text: after } = edit(text, [{ kind: 'remove-system', packages: [name] }]);
      const gone = without(instructionTexts(text), instructionTexts(after));
      expect(gone.every((each) => each.includes(name))).toBe(true);
      expect(packagesOf(after).system.map((each) => each.name)).not.toContain(name);
    }
  });
});
