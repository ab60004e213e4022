import { describe, expect, test } from 'vitest';
import { catalogue } from './catalogue/catalogue.ts';
import { chooseBase } from './catalogue/choose.ts';
import { selectContext } from './context/select-context.ts';
import { editDockerfile } from './edit/edit-dockerfile.ts';
import { packagesOf } from './edit/packages-of.ts';
import { createRecipe } from './recipe/create-recipe.ts';
import { renderDockerfile } from './render/render-dockerfile.ts';
import { parseRequirements } from './requirements/requirements-file.ts';

/** Numbers in brackets are those of the list of what went wrong in the bash and Python predecessor. */

const begin = () =>
  createRecipe({ project: 'thesis', base: { image: 'python:3.12-slim-bookworm' } });

function rendered(builder: ReturnType<typeof begin>): string {
  const made = builder.build();
  if (!made.ok) throw new Error(JSON.stringify(made.problems));
  return renderDockerfile(made.recipe);
}

function edited(text: string, ...edits: Parameters<typeof editDockerfile>[1]): string {
  const result = editDockerfile(text, edits);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.text;
}

const names = (text: string) => packagesOf(text).python.map(({ name }) => name);

describe('in a Dockerfile that is made', () => {
  test.each([
    'pandas>=2.0',
    'torch>=2.1; python_version < "3.12"',
    'transformers[torch]',
    'x @ git+https://host.example.org/x@v1#egg=x',
  ])('%s is what pip gets (10)', (spec) => {
    const text = rendered(begin().withPackages(spec));
    expect(packagesOf(text).python.map((found) => found.spec)).toEqual([spec]);
    expect(text).toContain(`'${spec}'`);
  });

  test('a requirements file, JupyterLab and data science go together (14)', () => {
    const text = rendered(
      begin().withRequirements('requirements.txt').withJupyter().withGroup('data-science'),
    );
    expect(packagesOf(text).requirementFiles).toMatchObject([{ path: 'requirements.txt' }]);
    expect(names(text)).toEqual(
      expect.arrayContaining(['jupyterlab', 'ipykernel', 'scikit-learn']),
    );
  });

  test('no package of a requirements file is copied out of it, and the file is sent (16)', () => {
    const text = rendered(begin().withRequirements('requirements.txt'));
    expect(names(text)).toEqual([]);
    expect(text).toMatch(/^RUN pip install .*-r \S*requirements\.txt$/m);
    const files = [{ path: 'requirements.txt', bytes: 12, kind: 'file' as const }];
    const sent = selectContext({ files, dockerignore: null, sources: ['requirements.txt'] });
    expect(sent.files).toEqual(files);
  });

  test('what is wanted twice is said and installed once (13)', () => {
    const made = begin().withGroup('data-science').withPackages('Pandas~=2.0').build();
    if (!made.ok) throw new Error('no recipe');
    expect(made.notices).toEqual([expect.stringContaining('pandas')]);
    expect(names(renderDockerfile(made.recipe)).filter((name) => name === 'pandas')).toHaveLength(
      1,
    );
  });
});

describe('a Dockerfile that is changed', () => {
  test('gets system packages as a step that can be read, even where git is a word elsewhere (11)', () => {
    const before = rendered(begin().withSystemPackages('curl', 'git').withPackages('gitpython'));
    const after = edited(before, { kind: 'add-system', packages: ['tree', 'git-lfs'] });
    expect(packagesOf(after).system.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['curl', 'git', 'tree', 'git-lfs']),
    );
    expect(names(after)).toEqual(names(before));
  });

  test('keeps every other step when the last package goes (12)', () => {
    const before = rendered(begin().withPackages('timm', 'pandas~=2.0').withJupyter());
    const after = edited(before, { kind: 'remove-packages', packages: ['pandas', 'Timm'] });
    expect(names(after)).toEqual(
      names(before).filter((name) => name !== 'pandas' && name !== 'timm'),
    );
    expect(after.split('\n').filter((line) => line.startsWith('ENV '))).toEqual(
      before.split('\n').filter((line) => line.startsWith('ENV ')),
    );
    expect(after).not.toMatch(/\\\n\n/);
  });

  test('has pandas once when pandas>=2.0 was there (12)', () => {
    const before = rendered(begin().withPackages('pandas>=2.0'));
    expect(edited(before, { kind: 'add-packages', packages: ['pandas'] })).toBe(before);
  });
});

test('every line of a requirements file counts: nothing that begins with - is lost (39)', () => {
  const text =
    '-r base.txt\n-e ./mine\n-c limits.txt\n--index-url https://pypi.example.org/simple\n';
  const result = parseRequirements(text);
  expect(result.ok ? result.lines.map(({ kind }) => kind) : []).toEqual([
    'file',
    'source',
    'file',
    'option',
  ]);
});

test('folders with spaces are folders (33)', () => {
  const files = [{ path: 'my data/a b.txt', bytes: 1, kind: 'file' as const }];
  expect(selectContext({ files, dockerignore: null, sources: ['my data'] }).files).toEqual(files);
});

test('what is said of a base is what is in its image (38)', () => {
  const choice = chooseBase({
    framework: 'pytorch',
    driverVersion: '570.124.06',
    architecture: 'ada',
    catalogue,
  });
  if (!choice.ok) throw new Error(choice.message);
  const { entry, explanation } = choice;
  expect(explanation).toContain(`${entry.version} with CUDA ${entry.cuda}`);
  expect(entry.image).toContain(`${entry.version}-cuda${entry.cuda}`);
});
