import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readDockerfile } from '../document/read-dockerfile.ts';
import { renderDockerfile } from '../render/render-dockerfile.ts';
import { recipes } from '../testing/recipes.ts';
import { parseDockerfile } from './parse-dockerfile.ts';

test('what is parsed from a rendered recipe is the recipe, and nothing is foreign', () => {
  fc.assert(
    fc.property(recipes, (recipe) => {
      const parsed = parseDockerfile(renderDockerfile(recipe));
      expect(parsed).toEqual({ recipe, foreign: [] });
    }),
    { numRuns: 250, seed: 5 },
  );
});

test('the same recipe gives the same text, whatever the order of its keys', () => {
  fc.assert(
    fc.property(recipes, (recipe) => {
      const text = renderDockerfile(recipe);
      const turned = Object.fromEntries(Object.entries(recipe.env).toReversed());
      expect(renderDockerfile({ ...recipe, env: turned })).toBe(text);
    }),
    { seed: 5 },
  );
});

test('every engine reads what is rendered alike', () => {
  fc.assert(
    fc.property(recipes, (recipe) => {
      expect(readDockerfile(renderDockerfile(recipe)).oddities).toEqual([]);
    }),
    { numRuns: 100, seed: 5 },
  );
});
