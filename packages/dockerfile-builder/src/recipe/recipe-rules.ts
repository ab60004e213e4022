import type { z } from 'zod';
import { condaSpecPattern } from './value-kinds.ts';

interface RuledRecipe {
  readonly base: { readonly image: string; readonly digest: string | null };
  readonly installer: string;
  readonly multiStage: boolean;
  readonly buildPackages: readonly string[];
  readonly groups: readonly { readonly name: string; readonly packages: readonly string[] }[];
  readonly pyproject: { readonly file: string; readonly lock: string | null } | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly copy: readonly { readonly from: readonly string[]; readonly to: string }[];
}

/** Labels that DS01 writes from other parts of a recipe. */
export const authorLabel = 'maintainer';
/** When the recipe was made, as OCI's annotations call it. */
export const createdLabel = 'org.opencontainers.image.created';

/** What holds between the parts of a recipe. */
export function checkRecipe(recipe: RuledRecipe, context: z.RefinementCtx): void {
  const refuse = (path: (string | number)[], message: string): void => {
    context.addIssue({ code: 'custom', path, message });
  };
  if (recipe.base.digest !== null && recipe.base.image.startsWith('sha256:')) {
    refuse(['base', 'digest'], 'an image id is pinned already');
  }
  if (recipe.buildPackages.length > 0 && !recipe.multiStage) {
    refuse(['buildPackages'], 'only a multi-stage image has packages for building');
  }
  if (recipe.pyproject !== null) {
    const { file, lock } = recipe.pyproject;
    const folder = file.slice(0, file.lastIndexOf('/') + 1);
    if (file !== `${folder}pyproject.toml`) refuse(['pyproject', 'file'], 'a pyproject.toml');
    if (lock !== null && lock !== `${folder}uv.lock`) {
      refuse(['pyproject', 'lock'], 'the uv.lock beside the pyproject.toml');
    }
  }
  for (const [index, { name }] of recipe.groups.entries()) {
    if (recipe.groups.findIndex((group) => group.name === name) === index) continue;
    refuse(['groups', index, 'name'], `the group ${name} is there twice`);
  }
  for (const key of Object.keys(recipe.labels)) {
    const reserved = key.startsWith('ds01.') || key === authorLabel || key === createdLabel;
    if (reserved) refuse(['labels', key], 'this label is written by DS01');
  }
  for (const [index, { from, to }] of recipe.copy.entries()) {
    const folder = from.length === 1 || to.endsWith('/');
    if (!folder) refuse(['copy', index, 'to'], 'several files go into a folder, which ends in "/"');
  }
  if (recipe.installer !== 'conda') return;
  for (const spec of recipe.groups.flatMap(({ packages }) => packages)) {
    if (!condaSpecPattern.test(spec)) refuse(['groups'], `conda can't install "${spec}"`);
  }
}
