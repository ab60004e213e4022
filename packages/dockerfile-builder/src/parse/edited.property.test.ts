import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readDockerfile } from '../document/read-dockerfile.ts';
import { editDockerfile } from '../edit/edit-dockerfile.ts';
import { renderDockerfile } from '../render/render-dockerfile.ts';
import { recipes } from '../testing/recipes.ts';
import { parseRequirement } from '../requirements/requirement.ts';
import { parseDockerfile } from './parse-dockerfile.ts';

const seed = 5;
/** What no recipe says, in forms that are easily taken for something else. */
const foreign = fc.constantFrom(
  'RUN --mount=type=cache,target=/x make \\\n  # ds01: additional packages\n  all',
  'EXPOSE 8080',
  'HEALTHCHECK CMD ["true"]',
  'RUN <<EOF\n# ds01: labels\nFROM x\nEOF',
  'ONBUILD RUN pip install --no-cache-dir x',
);

test('what a person writes between DS01’s instructions is foreign, and changes nothing else', () => {
  fc.assert(
    fc.property(recipes, foreign, fc.nat(), (recipe, own, place) => {
      const text = renderDockerfile(recipe);
      const { instructions } = readDockerfile(text);
      const at = instructions[place % instructions.length]?.startOffset ?? 0;
      const parsed = parseDockerfile(`${text.slice(0, at)}${own}\n${text.slice(at)}`);
      expect(parsed.foreign.map((one) => one.text)).toEqual([own]);
      expect(parsed.recipe).toEqual(recipe);
    }),
    { seed, numRuns: 80 },
  );
});

/** Recipes whose additional packages are PEP 508: beside anything else a new `RUN` is made. */
const pep508 = recipes.map((recipe) => ({
  ...recipe,
  packages: recipe.packages.filter((spec) => parseRequirement(spec).ok),
}));

test('a package that DS01 adds is in the recipe, whatever else is', () => {
  fc.assert(
    fc.property(pep508, (recipe) => {
      const edited = editDockerfile(renderDockerfile(recipe), [
        { kind: 'add-packages', packages: ['zz-new[x]>=1; python_version<"3.13"'] },
        { kind: 'add-system', packages: ['zz-new'] },
      ]);
      const packages = [...recipe.packages, 'zz-new[x]>=1; python_version<"3.13"'];
      const systemPackages = [...recipe.systemPackages, 'zz-new'];
      expect(parseDockerfile(edited.ok ? edited.text : '')).toEqual({
        recipe: { ...recipe, packages, systemPackages },
        foreign: [],
      });
    }),
    { seed, numRuns: 60 },
  );
});
