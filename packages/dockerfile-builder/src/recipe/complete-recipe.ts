import { pythonForBase } from '../groups/base-python.ts';
import { choosePackages } from '../groups/choose-packages.ts';
import { packageGroups } from '../groups/package-groups.ts';
import { type PackageBlock, type Recipe, type RecipeInput, recipeSchema } from './recipe-schema.ts';

/** Why something isn't a recipe. */
export interface RecipeProblem {
  /** Which part, such as `packages.2`; empty for the whole. */
  readonly path: string;
  readonly message: string;
}

/** A recipe that is complete, or everything that is wrong with it. */
export type RecipeResult =
  | {
      readonly ok: true;
      readonly recipe: Recipe;
      /** What was left out because it is there already, and what was added, in sentences. */
      readonly notices: readonly string[];
    }
  | {
      readonly ok: false;
      /** At most one for each part. */
      readonly problems: readonly RecipeProblem[];
    };

/**
 * Checks a recipe and makes it whole: groups in the order of their layers, nothing twice, Python on a
 * base that has none.
 */
export function completeRecipe(input: RecipeInput): RecipeResult {
  const parsed = recipeSchema.safeParse(input);
  if (!parsed.success) {
    const problems = new Map<string, RecipeProblem>();
    for (const { path: keys, message } of parsed.error.issues) {
      const path = keys.map(String).join('.');
      if (!problems.has(path)) problems.set(path, { path, message });
    }
    return { ok: false, problems: [...problems.values()] };
  }
  const given = parsed.data;
  const groups = inOrder(given.groups, given.base.framework);
  const chosen = choosePackages({ ...given, groups });
  const recipe = {
    ...given,
    groups: chosen.groups.map(({ name, packages }) => ({ name, packages: [...packages] })),
    packages: [...chosen.packages],
  };
  const added = missingPython(recipe);
  const system = added.filter((name) => !recipe.systemPackages.includes(name));
  const build = recipe.multiStage ? added : [];
  const notice = `The base has no Python; added: ${system.join(', ')}`;
  return {
    ok: true,
    recipe: {
      ...recipe,
      systemPackages: [...recipe.systemPackages, ...system],
      buildPackages: [...new Set([...recipe.buildPackages, ...build])],
    },
    notices: system.length === 0 ? chosen.notices : [...chosen.notices, notice],
  };
}

const order = ['framework', ...Object.keys(packageGroups)];

/** What a base is completed with, then groups that DS01 knows in their order, then a person's own. */
function inOrder(groups: readonly PackageBlock[], framework: string | null): PackageBlock[] {
  const rank = ({ name }: PackageBlock): number => {
    if (name === framework) return 0;
    return order.includes(name) ? order.indexOf(name) : order.length;
  };
  return groups.toSorted((left, right) => rank(left) - rank(right));
}

function missingPython(recipe: Recipe): readonly string[] {
  const { groups, packages, requirementFiles, pyproject } = recipe;
  const wanted =
    groups.length + packages.length + requirementFiles.length > 0 || pyproject !== null;
  return wanted ? pythonForBase(recipe.base.framework) : [];
}
