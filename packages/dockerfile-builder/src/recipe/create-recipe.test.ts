import { expect, test } from 'vitest';
import { createRecipe } from './create-recipe.ts';
import type { RecipeInput } from './recipe-schema.ts';

const start: RecipeInput = { project: 'thesis', base: { image: 'debian:12' } };

test('a builder is left as it is by its methods', () => {
  const begun = createRecipe(start).withPackages('rich');
  const before = begun.build();
  begun.withPackages('click').withJupyter().withEnv({ A: '1' }).asMultiStage('gcc');
  expect(begun.build()).toEqual(before);
});

test('groups stand in the order of their layers, however they were asked for', () => {
  const made = createRecipe(start)
    .withGroup('mine', ['attrs'])
    .withUseCase('nlp')
    .withGroup('data-science')
    .withJupyter()
    .build();
  const names = made.ok ? made.recipe.groups.map(({ name }) => name) : [];
  expect(names).toEqual(['jupyter', 'data-science', 'nlp', 'mine']);
});

test('what completes a base is its first layer, under the name of its framework, too', () => {
  const base = { image: 'python:3.12-slim-bookworm', framework: 'pytorch-cpu' };
  const made = createRecipe({ ...start, base })
    .withJupyter()
    .withGroup('pytorch-cpu', ['torch @ https://example.org/torch-2.9.1.whl'])
    .build();
  expect(made.ok && made.recipe.groups[0]?.name).toBe('pytorch-cpu');
});

test('Python packages on a base without Python bring it along, and that is said', () => {
  const base = { image: 'nvidia/cuda:13.0.2-cudnn-runtime-ubuntu24.04', framework: 'cuda' };
  const builder = createRecipe({ ...start, base }).withSystemPackages('python3');
  expect(builder.build()).toMatchObject({ recipe: { systemPackages: ['python3'] }, notices: [] });
  expect(builder.withPackages('rich').asMultiStage('gcc').build()).toMatchObject({
    recipe: {
      systemPackages: ['python3', 'python3-pip'],
      buildPackages: ['gcc', 'python3', 'python3-pip'],
    },
    notices: ['The base has no Python; added: python3-pip'],
  });
});

test('a group that is given again replaces the one before', () => {
  const made = createRecipe(start).withGroup('mine', ['a']).withGroup('mine', ['b']).build();
  expect(made).toMatchObject({ recipe: { groups: [{ name: 'mine', packages: ['b'] }] } });
});

test('what is left out is said', () => {
  const made = createRecipe(start).withGroup('data-science').withPackages('pandas>=2.0').build();
  expect(made).toMatchObject({
    ok: true,
    recipe: { packages: ['pandas>=2.0'] },
    notices: ['pandas (data-science) is left out: pandas>=2.0 is there already'],
  });
});

test.each([
  ['project', { project: 'Über Thesis' }],
  ['base.image', { base: { image: 'debian$(id)' } }],
  [
    'base.digest',
    { base: { image: `sha256:${'0'.repeat(64)}`, digest: `sha256:${'1'.repeat(64)}` } },
  ],
  ['systemPackages.0', { systemPackages: ['tree; id'] }],
  ['systemPackages.0', { systemPackages: ['-o=Dir::Etc=x'] }],
  ['systemPackages.0', { systemPackages: ['tree-'] }],
  ['packages.0', { packages: ['--index-url=http://127.0.0.1'] }],
  ['packages.0', { packages: ['a\nUSER root'] }],
  ['requirementFiles.0.path', { requirementFiles: [{ path: '../secret' }] }],
  ['requirementFiles.0.path', { requirementFiles: [{ path: '/etc/shadow' }] }],
  ['env.A', { env: { A: 'a\nb' } }],
  ['env.A B', { env: { 'A B': 'a' } }],
  ['labels.ds01.owner', { labels: { 'ds01.owner': 'bob' } }],
  ['labels.maintainer', { labels: { maintainer: 'bob' } }],
  ['copy.0.to', { copy: [{ from: ['a', 'b'], to: '/x' }] }],
  ['buildPackages', { buildPackages: ['gcc'] }],
  [
    'groups.1.name',
    {
      groups: [
        { name: 'a', packages: ['x'] },
        { name: 'a', packages: ['y'] },
      ],
    },
  ],
  ['groups', { installer: 'conda', groups: [{ name: 'a', packages: ['x[y]'] }] }],
  ['pyproject.lock', { pyproject: { file: 'a/pyproject.toml', lock: 'uv.lock' } }],
  ['owner.uid', { owner: { uid: 0, gid: 0, slug: 'root', name: 'root' } }],
  ['owner.slug', { owner: { uid: 1, gid: 1, slug: 'a b', name: 'a' } }],
  ['commands.0', { commands: [['/bin/sh', '-c', 'id']] }],
  ['commands.0', { commands: [''] }],
] satisfies [string, Partial<RecipeInput>][])('%s is refused in %j', (path, part) => {
  const made = createRecipe({ ...start, ...part }).build();
  expect(made).toMatchObject({ ok: false, problems: [{ path }] });
});
