import { expect, test } from 'vitest';
import { readDockerfile } from '../document/read-dockerfile.ts';
import type { RecipeInput } from '../recipe/recipe-schema.ts';
import { recipeOf } from '../testing/recipes.ts';
import { renderDockerfile } from './render-dockerfile.ts';

const owner = { uid: 1001, gid: 1001, slug: 'alice', name: 'alice' };
const full = {
  base: { image: 'pytorch/pytorch:2.8.0', framework: 'pytorch', version: '2.8.0' },
  systemPackages: ['tree'],
  requirementFiles: [{ path: 'requirements.txt' }],
  groups: [
    { name: 'jupyter', packages: ['ipykernel'] },
    { name: 'nlp', packages: ['transformers'] },
  ],
  packages: ['rich'],
  jupyter: true,
  env: { SEED: '1' },
  commands: ['make tools'],
  owner,
} satisfies Partial<RecipeInput>;

const textOf = (input: Partial<RecipeInput>): string => renderDockerfile(recipeOf(input));
const instructionsOf = (input: Partial<RecipeInput>): string[] =>
  readDockerfile(textOf(input)).instructions.map(({ text }) => text);

/** Where in the instructions the first one is that contains each of some texts. */
function places(instructions: readonly string[], texts: readonly string[]): number[] {
  return texts.map((text) => instructions.findIndex((instruction) => instruction.includes(text)));
}

test('layers go from what changes least to what changes most', () => {
  const found = places(instructionsOf(full), [
    'FROM pytorch/pytorch:2.8.0',
    'apt-get install',
    'COPY requirements.txt',
    '-r /tmp/ds01/requirements.txt',
    'ipykernel',
    'transformers',
    'rich',
    'SEED=',
    'make tools',
    'ipykernel install',
    'LABEL',
    '/etc/passwd',
    'USER 1001:1001',
  ]);
  expect(found).not.toContain(-1);
  expect(found).toEqual(found.toSorted((left, right) => left - right));
});

test.each([
  ['an additional package', { packages: ['rich', 'click'] }],
  ['a package of a group', { groups: full.groups.with(1, { name: 'nlp', packages: ['peft'] }) }],
  ['a Debian package', { systemPackages: ['tree', 'git'] }],
  ['a variable', { env: { SEED: '2' } }],
  ['a label', { labels: { team: 'a' } }],
] satisfies [string, Partial<RecipeInput>][])(
  'changing %s changes one instruction',
  (_what, change) => {
    const before = instructionsOf(full);
    const after = instructionsOf({ ...full, ...change });
    expect(after).toHaveLength(before.length);
    expect(after.filter((text, index) => text !== before[index])).toHaveLength(1);
  },
);

test('a day that passes changes nothing but the label that says when it was made', () => {
  const [first, second] = ['2026-11-22T10:00:00Z', '2026-11-23T10:00:00Z'].map((createdAt) =>
    instructionsOf({ ...full, createdAt }),
  );
  const changed = first?.filter((text, index) => text !== second?.[index]);
  expect(changed).toEqual([expect.stringMatching(/^LABEL /)]);
});

test('apt installs no recommendations, asks nothing, and leaves no lists in the layer', () => {
  const [run = ''] = instructionsOf(full).filter((text) => text.includes('apt-get'));
  expect(run).toContain('apt-get install -y --no-install-recommends');
  expect(run).toMatch(/rm -rf \/var\/lib\/apt\/lists\/\*$/);
  expect(textOf(full)).not.toMatch(/ENV.*DEBIAN_FRONTEND/);
});

test('pip may install beside apt from the first layer on, and in the finished image', () => {
  const [, , settings = ''] = instructionsOf(full);
  expect(settings).toMatch(/^ENV PIP_BREAK_SYSTEM_PACKAGES=1/);
});

test('a multi-stage image copies what was installed and has none of what built it', () => {
  const { stages, instructions } = readDockerfile(
    textOf({ ...full, multiStage: true, buildPackages: ['gcc'] }),
  );
  const [builder, final] = [0, 1].map((stage) =>
    instructions.filter((one) => one.stage === stage).map(({ text }) => text),
  );
  expect(stages.map(({ name }) => name)).toEqual(['ds01-builder', null]);
  expect(places(builder ?? [], ['gcc', '-m venv', 'transformers'])).not.toContain(-1);
  expect(places(final ?? [], ['gcc', 'pip install'])).toEqual([-1, -1]);
  expect(final).toContain('COPY --from=ds01-builder /opt/venv /opt/venv');
});

test.each([
  [{ installer: 'uv' }, 'uv pip install --system --no-cache'],
  [{ installer: 'uv', multiStage: true }, 'uv pip install --python /opt/venv/bin/python'],
  [{ installer: 'conda' }, 'install -y -n base -c conda-forge'],
  [{ conda: { file: 'environment.yml', kind: 'environment' } }, 'env update -n base -f'],
  [{ conda: { file: 'linux.lock', kind: 'explicit' } }, 'install -y -n base --file'],
  [{ pyproject: { file: 'pyproject.toml', lock: 'uv.lock' } }, 'uv export --quiet --frozen'],
  [{ pyproject: { file: 'pyproject.toml' } }, 'pip install --no-cache-dir -r'],
  [{ constraintFiles: ['c.txt'] }, 'pip install --no-cache-dir -c /tmp/ds01/c.txt'],
] satisfies [Partial<RecipeInput>, string][])('%j installs with "%s"', (change, command) => {
  expect(textOf({ ...full, ...change })).toContain(command);
});

test('a base that is pinned is used by its digest', () => {
  const digest = `sha256:${'0'.repeat(64)}`;
  expect(instructionsOf({ base: { image: 'debian:12', digest } })[0]).toBe(
    `FROM debian:12@${digest}`,
  );
});

test('a person’s own value of a variable wins over DS01’s', () => {
  const text = textOf({ ...full, env: { HF_HOME: '/data/hf' } });
  expect(text.match(/HF_HOME=.*/g)).toEqual(['HF_HOME="/data/hf"']);
});
