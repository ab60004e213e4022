import { expect, test } from 'vitest';
import { editDockerfile } from '../edit/edit-dockerfile.ts';
import { renderDockerfile } from '../render/render-dockerfile.ts';
import { recipeOf } from '../testing/recipes.ts';
import { parseDockerfile } from './parse-dockerfile.ts';

const recipe = recipeOf({
  base: { image: 'pytorch/pytorch:2.8.0', framework: 'pytorch', version: '2.8.0' },
  systemPackages: ['tree'],
  requirementFiles: [{ path: 'requirements.txt' }],
  groups: [{ name: 'nlp', packages: ['transformers', 'datasets'] }],
  packages: ['rich'],
  jupyter: true,
  env: { SEED: '1' },
  labels: { team: 'a b' },
  owner: { uid: 1001, gid: 1001, slug: 'alice', name: 'alice' },
});
const text = renderDockerfile(recipe);

/** The text with one piece replaced, which must be there. */
function edited(from: string, to: string): string {
  expect(text).toContain(from);
  return text.replace(from, () => to);
}

test('a Dockerfile that DS01 did not write has no recipe, and is foreign from end to end', () => {
  const own = 'FROM debian:12\n# ds01: additional packages\nRUN apt-get update && \\\n  true\n';
  expect(parseDockerfile(own)).toEqual({
    recipe: null,
    foreign: [
      { keyword: 'FROM', line: 1, endLine: 1, text: 'FROM debian:12' },
      { keyword: 'RUN', line: 3, endLine: 4, text: 'RUN apt-get update && \\\n  true' },
    ],
  });
});

test.each(['', '# nothing\n', 'NONSENSE \\', '\uFEFF', 'LABEL ds01.recipe="1"\n'])(
  '%j is no reason to fail',
  (odd) => {
    expect(parseDockerfile(odd).recipe).toBeNull();
  },
);

test('a person’s own lines are foreign, wherever they stand, and the recipe stays', () => {
  const own = 'RUN --mount=type=cache,target=/x make \\\n    # remark\n    all';
  for (const place of ['# ds01: packages nlp', '# ds01: variables', '# ds01: runtime']) {
    const parsed = parseDockerfile(edited(place, `${own}\n${place}`));
    expect(parsed.recipe).toEqual(recipe);
    expect(parsed.foreign.map((one) => one.text)).toEqual([own]);
  }
});

test('layout, quotes and line ends don’t matter', () => {
  const oneLine = 'RUN   pip install --no-cache-dir "transformers"  \\\n\n # why\n datasets';
  const other = edited(
    'RUN pip install --no-cache-dir \\\n    transformers \\\n    datasets',
    oneLine,
  ).replaceAll('\n', '\r\n');
  expect(parseDockerfile(other)).toEqual({ recipe, foreign: [] });
});

test('a package that a person writes into a block is in the recipe', () => {
  const parsed = parseDockerfile(edited('    datasets', "    datasets 'peft>=0.10'"));
  expect(parsed.foreign).toEqual([]);
  expect(parsed.recipe?.groups).toEqual([
    { name: 'nlp', packages: ['transformers', 'datasets', 'peft>=0.10'] },
  ]);
});

test('an install that does more than DS01’s is the person’s', () => {
  const parsed = parseDockerfile(edited('    datasets', '    datasets && rm -rf /root/.cache'));
  expect(parsed.recipe?.groups).toEqual([]);
  expect(parsed.foreign).toMatchObject([{ keyword: 'RUN' }]);
});

test('an edit of DS01 is an edit of the recipe', () => {
  const result = editDockerfile(text, [
    { kind: 'add-packages', packages: ['torch>=2.1; python_version<"3.12"'] },
    { kind: 'remove-packages', packages: ['Rich', 'datasets'] },
    { kind: 'add-system', packages: ['git'] },
  ]);
  expect(parseDockerfile(result.ok ? result.text : '')).toEqual({
    recipe: {
      ...recipe,
      packages: ['torch>=2.1; python_version<"3.12"'],
      groups: [{ name: 'nlp', packages: ['transformers'] }],
      systemPackages: ['tree', 'git'],
    },
    foreign: [],
  });
});

test('another base has another framework than the one that was recorded', () => {
  const parsed = parseDockerfile(edited('FROM pytorch/pytorch:2.8.0', 'FROM debian:12'));
  expect(parsed.recipe?.base).toEqual(recipeOf().base);
  expect(parsed.foreign).toEqual([]);
});

test('a base that depends on an argument leaves no recipe', () => {
  const head = edited('FROM pytorch/pytorch:2.8.0', 'FROM ${BASE}');
  expect(parseDockerfile(`ARG BASE=debian\n${head}`).recipe).toBeNull();
});

test('a label and a variable that a person adds to DS01’s are in the recipe', () => {
  const more = edited('team="a b"', 'team="a b" room=2').replace('ENV SEED="1"', 'ENV SEED=1 B=b');
  const parsed = parseDockerfile(more);
  expect(parsed.foreign).toEqual([]);
  expect(parsed.recipe).toMatchObject({ labels: { room: '2' }, env: { SEED: '1', B: 'b' } });
});

test('a kernel registration that was changed is the person’s', () => {
  const parsed = parseDockerfile(edited('--display-name thesis', '--display-name Mine'));
  expect(parsed.recipe?.jupyter).toBe(false);
  expect(parsed.foreign).toHaveLength(1);
});
