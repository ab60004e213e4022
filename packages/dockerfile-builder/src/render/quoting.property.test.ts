import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { analyseBuild } from '../analyse/analyse-build.ts';
import { readDockerfile } from '../document/read-dockerfile.ts';
import { execWordsOf } from '../parse/instruction-values.ts';
import type { Recipe } from '../recipe/recipe-schema.ts';
import {
  argumentsOfPrograms,
  lines,
  packageSpecs,
  paths,
  recipeOf,
  recipes,
} from '../testing/recipes.ts';
import { renderDockerfile } from './render-dockerfile.ts';

const seed = 5;

/** The command of the only `RUN` of a Dockerfile, as the engine gives it to the shell. */
function onlyCommand(text: string): string {
  const runs = readDockerfile(text).instructions.filter(({ keyword }) => keyword === 'RUN');
  expect(runs).toHaveLength(1);
  const [run] = runs;
  return run === undefined ? '' : run.logical.text.slice(run.bodyAt);
}

test('a shell hands every package on to pip as it is, and runs nothing else', () => {
  fc.assert(
    fc.property(fc.array(packageSpecs, { minLength: 1, maxLength: 4 }), (packages) => {
      const command = onlyCommand(renderDockerfile(recipeOf({ packages })));
      const script = `pip() { printf '%s\\0' "$@"; }\n${command}`;
      const shell = spawnSync('/bin/sh', ['-c', script], { encoding: 'utf8', env: { PATH: '' } });
      expect(shell.stderr).toBe('');
      expect(shell.stdout.split('\0')).toEqual(['install', '--no-cache-dir', ...packages, '']);
    }),
    { seed, numRuns: 80 },
  );
});

test('the engine takes every path of a recipe for the file of that name', () => {
  fc.assert(
    fc.property(paths, (path) => {
      const analysis = analyseBuild(renderDockerfile(recipeOf({ requirementFiles: [{ path }] })));
      const wildcards = path.replaceAll(/[*?[]/g, '[$&]');
      expect(analysis).toMatchObject({ ok: true, contextSources: [{ sources: [wildcards] }] });
    }),
    { seed },
  );
});

test('the words of an entry point and a command are the words of the recipe', () => {
  fc.assert(
    fc.property(fc.array(argumentsOfPrograms, { maxLength: 3 }), (words) => {
      const { instructions } = readDockerfile(renderDockerfile(recipeOf({ command: words })));
      const last = instructions.at(-1);
      expect(last?.keyword).toBe('CMD');
      expect(last === undefined ? null : execWordsOf(last)).toEqual(words);
    }),
    { seed },
  );
});

test('no value adds an instruction: any recipe has those of a tame one of the same form', () => {
  fc.assert(
    fc.property(recipes, (recipe) => {
      expect(keywords(recipe)).toEqual(keywords(tame(recipe)));
    }),
    { seed, numRuns: 100 },
  );
});

test('the classic builder can build any recipe, and needs nothing but its base from outside', () => {
  fc.assert(
    fc.property(recipes, (recipe) => {
      const analysis = analyseBuild(renderDockerfile(recipe));
      const expected = { ok: true, usesBuildKit: [], remoteSources: [], onBuild: [] };
      expect(analysis).toMatchObject(expected);
      const images = analysis.ok ? analysis.images : [];
      expect(new Set(images.map(({ key }) => key)).size).toBe(1);
    }),
    { seed },
  );
});

test('a value with a line break is refused, since a Dockerfile has no way to write it', () => {
  fc.assert(
    fc.property(lines, (line) => {
      const env = { A: `${line}\nUSER root` };
      expect(() => renderDockerfile({ ...recipeOf(), env })).toThrow(
        'one line without control characters',
      );
    }),
    { seed, numRuns: 20 },
  );
});

function keywords(recipe: Recipe): string[] {
  const { instructions } = readDockerfile(renderDockerfile(recipe));
  return instructions.map(({ keyword, heredocs }) => `${keyword} ${String(heredocs.length)}`);
}

/** The same recipe without anything that needs quotes. */
function tame(recipe: Recipe): Recipe {
  const block = (packages: readonly string[]): string[] => packages.map(() => 'a');
  const values = (record: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(Object.keys(record).map((key) => [key, 'v']));
  return {
    ...recipe,
    author: recipe.author === null ? null : 'a',
    base: { ...recipe.base, version: recipe.base.version === null ? null : '1' },
    constraintFiles: recipe.constraintFiles.map(() => 'c'),
    requirementFiles: recipe.requirementFiles.map(({ includes }) => ({
      path: 'r',
      includes: includes.map(() => 'i'),
    })),
    groups: recipe.groups.map(({ name, packages }) => ({ name, packages: block(packages) })),
    packages: block(recipe.packages),
    env: values(recipe.env),
    labels: values(recipe.labels),
    copy: recipe.copy.map(({ from }) => ({ from: from.map(() => 'f'), to: '/x/' })),
    commands: recipe.commands.map(() => 'true'),
    entrypoint: recipe.entrypoint === null ? null : ['a'],
    command: recipe.command === null ? null : ['a'],
  };
}
