import {
  createRecipe,
  parseDockerfile,
  readDockerfile,
  renderDockerfile,
  type Recipe,
} from '@ds01/dockerfile-builder';
import type { BenchCase } from '../measurement.ts';
import { processorMs, undisturbed } from '../statistics.ts';

const packageCount = 100;
const lineCount = 500;
const renderBudgetMs = 1;
const parseBudgetMs = 20;
const turns = 60;
const warmUp = 20;

/** A recipe of many packages to its Dockerfile, and a long Dockerfile back to a recipe. */
export const dockerfileCase: BenchCase = {
  budgets: ['dockerfile-render', 'dockerfile-parse', 'dockerfile-read'],
  run: () => {
    const recipe = recipeOf(packageCount);
    const text = longDockerfile();
    const lines = `${String(text.split('\n').length - 1)} lines`;
    const packages = `${String(packageCount)} packages`;
    return [
      measure('dockerfile-render', renderBudgetMs, packages, () => renderDockerfile(recipe)),
      measure('dockerfile-parse', parseBudgetMs, lines, () => parseDockerfile(text)),
      measure('dockerfile-read', parseBudgetMs, lines, () => readDockerfile(text)),
    ];
  },
};

function measure(name: string, budgetMs: number, what: string, work: () => unknown) {
  const times: number[] = [];
  for (let turn = -warmUp; turn < turns; turn += 1) {
    const taken = processorMs(work);
    if (turn >= 0) times.push(taken);
  }
  const taken = undisturbed(times);
  const raw = `${taken.toFixed(2)} ms for ${what}, ${String(budgetMs)} ms allowed`;
  return { name, ratio: taken / budgetMs, budget: 1, raw };
}

function recipeOf(count: number): Recipe {
  const packages = Array.from({ length: count }, (_, index) => `package-${String(index)}>=1.0,<2`);
  const made = createRecipe({ project: 'bench', base: { image: 'debian:12' } })
    .withJupyter()
    .withRequirements('requirements.txt')
    .withPackages(...packages)
    .withOwner({ uid: 1001, gid: 1001, slug: 'alice', name: 'alice' })
    .build();
  if (!made.ok) throw new Error('the recipe of the measurement is refused');
  return made.recipe;
}

/** What DS01 wrote for many packages, and what a person added: comments, blocks, instructions. */
function longDockerfile(): string {
  const rendered = renderDockerfile(recipeOf(packageCount));
  const own = [
    '# why this is here',
    'RUN make tools \\',
    '    # and its documentation',
    '    && make docs \\',
    '    && rm -rf "/tmp/build files"',
    'ENV A=1 B="two words"',
    'COPY --chown=1001:1001 ["src/a", "/opt/a b/"]',
    '',
  ];
  const missing = lineCount - (rendered.split('\n').length - 1);
  const lines = Array.from({ length: missing }, (_, index) => own[index % own.length] ?? '');
  const marker = '# ds01: labels';
  return rendered.replace(marker, () => `${lines.join('\n')}\n${marker}`);
}
