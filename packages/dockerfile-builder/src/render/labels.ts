import { authorLabel, createdLabel } from '../recipe/recipe-rules.ts';
import type { Recipe } from '../recipe/recipe-schema.ts';
import { dockerfileValue } from './quoting.ts';

/** Says that DS01 made the Dockerfile, and in which form. */
export const recipeLabel = 'ds01.recipe';

/** What of a recipe its instructions don't say; parsing reads it back. */
function recordLabels(recipe: Recipe): Readonly<Record<string, string | null>> {
  const { base, owner } = recipe;
  return {
    [recipeLabel]: '1',
    'ds01.project': recipe.project,
    'ds01.base': base.image,
    'ds01.framework': base.framework,
    'ds01.framework.version': base.version,
    'ds01.framework.architecture': base.architecture,
    'ds01.use-case': recipe.useCase,
    'ds01.installer': recipe.installer === 'pip' ? null : recipe.installer,
    'ds01.owner': owner?.name ?? null,
    'ds01.owner.slug': owner?.slug ?? null,
    'ds01.owner.uid': owner === null ? null : String(owner.uid),
    'ds01.owner.gid': owner === null ? null : String(owner.gid),
    [authorLabel]: recipe.author,
    [createdLabel]: recipe.createdAt,
  };
}

/** The one `LABEL` of a recipe. */
export function recipeLabels(recipe: Recipe): string {
  const own = Object.entries(recipe.labels).toSorted(([left], [right]) => (left < right ? -1 : 1));
  const lines = [...Object.entries(recordLabels(recipe)), ...own].flatMap(([key, value]) =>
    value === null ? [] : [`${key}=${dockerfileValue(value)}`],
  );
  return `LABEL ${lines.join(' \\\n    ')}`;
}
