import { readDockerfile } from '../document/read-dockerfile.ts';
import type { DockerfileDocument, DockerfileInstruction } from '../document/types.ts';
import { type Recipe, recipeSchema } from '../recipe/recipe-schema.ts';
import { recipeLabel } from '../render/labels.ts';
import { renderDockerfile } from '../render/render-dockerfile.ts';
import { sectionNames } from '../render/sections.ts';
import { assignmentsOf, meaningsOf } from './instruction-values.ts';
import type { RecordedLabels } from './read-base.ts';
import { readRecipe } from './read-recipe.ts';
import { readSections } from './read-sections.ts';

/** An instruction that no recipe of DS01 says. */
export interface ForeignInstruction {
  /** In capitals. */
  readonly keyword: string;
  /** Lines count from 1; `endLine` is its last one. */
  readonly line: number;
  readonly endLine: number;
  /** As written. */
  readonly text: string;
}

/** What a Dockerfile says. */
export interface ParsedDockerfile {
  /**
   * What DS01 wrote, with what was changed since in DS01's own parts; `null` for a Dockerfile that
   * isn't DS01's, or that says something there that no recipe can.
   */
  readonly recipe: Recipe | null;
  /** What rendering `recipe` wouldn't give, in order; every instruction when it is `null`. */
  readonly foreign: readonly ForeignInstruction[];
}

/**
 * Reads a Dockerfile back: `parseDockerfile(renderDockerfile(recipe)).recipe` equals `recipe`, whatever
 * is in it. DS01's parts are known by their comments (`# ds01: system packages`) and count as long as
 * their instructions keep their shape; how they are laid out and quoted doesn't matter. Never fails.
 */
export function parseDockerfile(text: string): ParsedDockerfile {
  const document = readDockerfile(text);
  const recipe = recipeOf(document);
  const known = recipe === null ? [] : readDockerfile(renderDockerfile(recipe)).instructions;
  const left = Map.groupBy(known.flatMap(meaningsOf), (meaning) => meaning);
  const isKnown = (meaning: string): boolean =>
    left.get(meaning)?.pop() !== undefined ||
    (recipe !== null && meaning.startsWith('LABEL\nds01.'));
  const foreign = document.instructions.filter(
    (instruction) => !meaningsOf(instruction).every(isKnown),
  );
  return { recipe, foreign: foreign.map(foreignOf) };
}

function recipeOf(document: DockerfileDocument): Recipe | null {
  const sections = readSections(document);
  const labels = sections
    .filter(({ name }) => name === sectionNames.labels)
    .flatMap(({ instructions }) => instructions)
    .map(recordedLabels)
    .find((recorded) => recorded.has(recipeLabel));
  const found = labels === undefined ? undefined : readRecipe(sections, labels);
  const parsed = found === undefined ? undefined : recipeSchema.safeParse(found);
  return parsed?.success === true ? parsed.data : null;
}

function recordedLabels(instruction: DockerfileInstruction): RecordedLabels {
  const pairs = instruction.keyword === 'LABEL' ? assignmentsOf(instruction) : null;
  return new Map(pairs ?? []);
}

function foreignOf({
  keyword,
  startLine,
  endLine,
  text,
}: DockerfileInstruction): ForeignInstruction {
  return { keyword, line: startLine, endLine, text };
}
