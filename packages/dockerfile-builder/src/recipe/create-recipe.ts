import { packageGroups, useCases, type UseCase } from '../groups/package-groups.ts';
import { completeRecipe, type RecipeResult } from './complete-recipe.ts';
import type { Recipe, RecipeInput } from './recipe-schema.ts';

/**
 * Puts a recipe together. Nothing is changed in place: every method returns a new builder, so that a
 * half-finished one can be the beginning of several. Values are checked by `build`, none before.
 *
 * ```ts
 * const made = createRecipe({ project: 'thesis', base: { image: 'pytorch/pytorch:2.8.0' } })
 *   .withJupyter()
 *   .withPackages('pandas>=2.0')
 *   .build();
 * if (made.ok) console.log(renderDockerfile(made.recipe));
 * ```
 */
export interface RecipeBuilder {
  readonly withBase: (base: RecipeInput['base']) => RecipeBuilder;
  /** Debian packages. */
  readonly withSystemPackages: (...names: readonly string[]) => RecipeBuilder;
  /** PEP 508 strings, into the block of additional packages. */
  readonly withPackages: (...specs: readonly string[]) => RecipeBuilder;
  /**
   * A block of its own; one of the same name is replaced. DS01's own groups have their packages;
   * `framework`, or one that is called like the base's framework, comes before all others.
   */
  readonly withGroup: (name: string, packages?: readonly string[]) => RecipeBuilder;
  /** A use case's packages as a group. */
  readonly withUseCase: (useCase: UseCase) => RecipeBuilder;
  /** Jupyter's packages as a group, and a kernel under the project's name. */
  readonly withJupyter: () => RecipeBuilder;
  readonly withInstaller: (installer: Recipe['installer']) => RecipeBuilder;
  /** A requirements file of the context, and the files that it names. */
  readonly withRequirements: (path: string, includes?: readonly string[]) => RecipeBuilder;
  readonly withConstraints: (...paths: readonly string[]) => RecipeBuilder;
  readonly withConda: (conda: NonNullable<RecipeInput['conda']>) => RecipeBuilder;
  readonly withPyproject: (pyproject: NonNullable<RecipeInput['pyproject']>) => RecipeBuilder;
  readonly withEnv: (env: Readonly<Record<string, string>>) => RecipeBuilder;
  readonly withLabels: (labels: Readonly<Record<string, string>>) => RecipeBuilder;
  /** A shell command as text, or the words of a program. */
  readonly withCommand: (command: string | readonly string[]) => RecipeBuilder;
  readonly withCopy: (from: string | readonly string[], to: string) => RecipeBuilder;
  readonly withEntrypoint: (...words: readonly string[]) => RecipeBuilder;
  readonly withStartCommand: (...words: readonly string[]) => RecipeBuilder;
  readonly withOwner: (owner: NonNullable<RecipeInput['owner']>) => RecipeBuilder;
  readonly withAuthor: (author: string) => RecipeBuilder;
  /** RFC 3339, UTC. */
  readonly withCreatedAt: (createdAt: string) => RecipeBuilder;
  /** Builds Python packages in a stage of their own; Debian packages that only that stage needs. */
  readonly asMultiStage: (...buildPackages: readonly string[]) => RecipeBuilder;
  /**
   * Checks everything, puts groups in the order of their layers, leaves out packages that are there
   * twice or that the base has, and adds Python to a base that has none.
   */
  readonly build: () => RecipeResult;
}

/** Begins a recipe; what isn't given has the defaults of `recipeSchema`. */
export function createRecipe(input: RecipeInput): RecipeBuilder {
  const set = (part: Partial<RecipeInput>): RecipeBuilder => createRecipe({ ...input, ...part });
  const withGroup = (name: string, packages?: readonly string[]): Partial<RecipeInput> => {
    const others = (input.groups ?? []).filter((group) => group.name !== name);
    const specs = packages ?? groupPackages(name);
    return { groups: [...others, { name, packages: [...specs] }] };
  };
  return {
    withBase: (base) => set({ base }),
    withSystemPackages: (...names) => set({ systemPackages: joined(input.systemPackages, names) }),
    withPackages: (...specs) => set({ packages: joined(input.packages, specs) }),
    withGroup: (name, packages) => set(withGroup(name, packages)),
    withUseCase: (useCase) => set({ useCase, ...withGroup(useCase) }),
    withJupyter: () => set({ jupyter: true, ...withGroup('jupyter') }),
    withInstaller: (installer) => set({ installer }),
    withRequirements: (path, includes = []) =>
      set({
        requirementFiles: [...(input.requirementFiles ?? []), { path, includes: [...includes] }],
      }),
    withConstraints: (...paths) => set({ constraintFiles: joined(input.constraintFiles, paths) }),
    withConda: (conda) => set({ conda }),
    withPyproject: (pyproject) => set({ pyproject }),
    withEnv: (env) => set({ env: { ...input.env, ...env } }),
    withLabels: (labels) => set({ labels: { ...input.labels, ...labels } }),
    withCommand: (command) => {
      const next = typeof command === 'string' ? command : [...command];
      return set({ commands: [...(input.commands ?? []), next] });
    },
    withCopy: (from, to) => {
      const sources = typeof from === 'string' ? [from] : [...from];
      return set({ copy: [...(input.copy ?? []), { from: sources, to }] });
    },
    withEntrypoint: (...words) => set({ entrypoint: [...words] }),
    withStartCommand: (...words) => set({ command: [...words] }),
    withOwner: (owner) => set({ owner }),
    withAuthor: (author) => set({ author }),
    withCreatedAt: (createdAt) => set({ createdAt }),
    asMultiStage: (...buildPackages) =>
      set({ multiStage: true, buildPackages: joined(input.buildPackages, buildPackages) }),
    build: () => completeRecipe(input),
  };
}

function joined(before: readonly string[] | undefined, more: readonly string[]): string[] {
  return [...new Set([...(before ?? []), ...more])];
}

function groupPackages(name: string): readonly string[] {
  return Object.entries(packageGroups).find(([key]) => key === name)?.[1].packages ?? [];
}

/** Whether a word is the name of a use case. */
export function isUseCase(word: string): word is UseCase {
  return Object.hasOwn(useCases, word);
}
