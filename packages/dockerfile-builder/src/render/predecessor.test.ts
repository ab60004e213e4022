import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { readDockerfile } from '../document/read-dockerfile.ts';
import { editDockerfile } from '../edit/edit-dockerfile.ts';
import type { DockerfileEdit } from '../edit/types.ts';
import { packageGroups, type UseCase, useCases } from '../groups/package-groups.ts';
import { parseDockerfile } from '../parse/parse-dockerfile.ts';
import { createRecipe } from '../recipe/create-recipe.ts';
import type { Recipe } from '../recipe/recipe-schema.ts';
import { recipeOf } from '../testing/recipes.ts';
import { renderDockerfile } from './render-dockerfile.ts';

/** Numbers are those of the list of the predecessor's defects. */
const start = { project: 'thesis', base: { image: 'pytorch/pytorch:2.8.0', framework: 'pytorch' } };

function made(builder: ReturnType<typeof createRecipe>): {
  recipe: Recipe;
  notices: readonly string[];
} {
  const result = builder.build();
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result;
}

const textOf = (builder: ReturnType<typeof createRecipe>): string =>
  renderDockerfile(made(builder).recipe);

function editedText(text: string, edits: readonly DockerfileEdit[]): string {
  const result = editDockerfile(text, edits);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.text;
}

/** What pip would be given by the `RUN`s of a Dockerfile that install packages. */
function givenToPip(text: string): string[] {
  const runs = readDockerfile(text).instructions.filter(({ text: run }) =>
    run.startsWith('RUN pip'),
  );
  return runs.flatMap(({ logical, bodyAt }) => {
    const script = `pip() { shift 2; printf '%s\\n' "$@"; }\n${logical.text.slice(bodyAt)}`;
    const shell = spawnSync('/bin/sh', ['-c', script], { encoding: 'utf8', env: { PATH: '' } });
    expect(shell.stderr).toBe('');
    return shell.stdout.trimEnd().split('\n');
  });
}

describe('defects of the predecessor are gone', () => {
  test('4: nothing opens Jupyter to everybody, and its kernel is not in the home of root', () => {
    const text = textOf(createRecipe(start).withJupyter());
    expect(text).toContain('ipykernel install --sys-prefix');
    expect(text).not.toMatch(/token|password|0\.0\.0\.0|allow_root|generate-config|\/root/i);
  });

  test('10: versions, markers, extras and addresses reach pip as they are', () => {
    const packages = [
      'pandas>=2.0',
      'torch>=2.1; python_version<"3.12"',
      'jax[cuda12]',
      'x @ git+https://example.org/x@v1#egg=x',
      'git+https://example.org/y@v1#egg=y',
    ];
    expect(givenToPip(textOf(createRecipe(start).withPackages(...packages)))).toEqual(packages);
  });

  test('11: a Debian package is added to what is rendered, and the text is still a Dockerfile', () => {
    const before = textOf(createRecipe(start).withSystemPackages('tree'));
    const after = editedText(before, [{ kind: 'add-system', packages: ['git'] }]);
    expect(parseDockerfile(after)).toMatchObject({
      recipe: { systemPackages: ['tree', 'git'] },
      foreign: [],
    });
  });

  test('11: a package is not taken for another one that contains its name', () => {
    const before = textOf(createRecipe(start).withSystemPackages('libgit2-dev'));
    const after = editedText(before, [{ kind: 'add-system', packages: ['git'] }]);
    expect(parseDockerfile(after).recipe?.systemPackages).toEqual(['libgit2-dev', 'git']);
  });

  test('12: removing the last package of a block swallows nothing of what follows', () => {
    const before = textOf(createRecipe(start).withUseCase('rl').withCommand('make'));
    const packages = [...useCases.rl.packages];
    const { recipe, foreign } = parseDockerfile(
      editedText(before, [{ kind: 'remove-packages', packages }]),
    );
    expect(recipe).toEqual({ ...parseDockerfile(before).recipe, groups: [] });
    expect(foreign).toEqual([]);
  });

  test('12, 13: pandas is not added to pandas>=2.0, and that is said', () => {
    const { recipe, notices } = made(
      createRecipe(start).withGroup('data-science').withPackages('pandas>=2.0'),
    );
    expect(givenToPip(renderDockerfile(recipe)).filter((spec) => /^pandas/i.test(spec))).toEqual([
      'pandas>=2.0',
    ]);
    expect(notices).toEqual([expect.stringContaining('pandas (data-science) is left out')]);
  });

  test('13: what the base has is left out, and that is said', () => {
    const { recipe, notices } = made(createRecipe(start).withPackages('Torch', 'rich'));
    expect(recipe.packages).toEqual(['rich']);
    expect(notices).toEqual(['Torch (additional packages) is left out: the base has it']);
  });

  test('14: Jupyter and data science beside a requirements file are installed', () => {
    const builder = createRecipe(start).withRequirements('requirements.txt');
    const { recipe } = made(builder.withJupyter().withGroup('data-science'));
    expect(recipe.groups.map(({ name }) => name)).toEqual(['jupyter', 'data-science']);
    expect(givenToPip(renderDockerfile(recipe))).toContain('jupyterlab');
  });

  test('14: without Jupyter’s packages its configuration lets the build go on', () => {
    const text = renderDockerfile(recipeOf({ jupyter: true }));
    const run = readDockerfile(text).instructions.find(({ keyword }) => keyword === 'RUN');
    const command = run?.logical.text.slice(run.bodyAt) ?? 'false';
    const shell = spawnSync('/bin/sh', ['-c', `python3() { return 1; }\n${command}`]);
    expect(shell.status).toBe(0);
  });

  test.each(Object.keys(useCases) as UseCase[])('15: use case %s makes an image', (useCase) => {
    const { recipe } = made(createRecipe(start).withUseCase(useCase));
    expect(recipe.groups).toEqual([{ name: useCase, packages: packageGroups[useCase].packages }]);
    expect(parseDockerfile(renderDockerfile(recipe)).recipe).toEqual(recipe);
  });

  test('16: a requirements file is copied and installed from, not written into the Dockerfile', () => {
    const text = textOf(
      createRecipe(start).withRequirements('requirements.txt', ['more/base.txt']),
    );
    const copied = readDockerfile(text).instructions.filter(({ keyword }) => keyword === 'COPY');
    expect(copied.map((one) => one.text)).toEqual([
      'COPY requirements.txt /tmp/ds01/requirements.txt',
      'COPY more/base.txt /tmp/ds01/more/base.txt',
    ]);
    expect(text).toContain('RUN pip install --no-cache-dir -r /tmp/ds01/requirements.txt\n');
  });

  test('33: a folder with spaces is a folder', () => {
    const text = textOf(createRecipe(start).withRequirements('my files/req uirements.txt'));
    expect(givenToPip(text)).toEqual(['-r', '/tmp/ds01/my files/req uirements.txt']);
  });

  test('38: what is said of the base is what it is built from', () => {
    const text = textOf(createRecipe(start).withBase({ image: 'debian:12' }));
    expect(text).toContain('FROM debian:12\n');
    expect(text).toContain('ds01.base="debian:12"');
    expect(text).not.toMatch(/pytorch|ds01\.framework/);
  });

  test('43: no account is made by useradd, and none needs a log of last logins', () => {
    const owner = {
      uid: 1_722_830_498,
      gid: 1_722_830_498,
      slug: '204214',
      name: '204214@example.org',
    };
    const text = textOf(createRecipe(start).withOwner(owner));
    expect(text).not.toMatch(/useradd|groupadd|adduser|lastlog|sudo/);
    expect(readDockerfile(text).instructions.at(-1)?.text).toBe('USER 1722830498:1722830498');
  });
});
