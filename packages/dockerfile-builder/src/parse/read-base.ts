import type { DockerfileInstruction } from '../document/types.ts';
import type { RecipeInput } from '../recipe/recipe-schema.ts';
import { bodyOf } from './instruction-values.ts';

/** What a Dockerfile's own label says. */
export type RecordedLabels = ReadonlyMap<string, string>;

/**
 * The base of the first `FROM`. What is recorded of its framework counts only as long as it is the
 * image of which that was recorded. `undefined` without a `FROM`.
 */
export function readBase(
  instructions: readonly DockerfileInstruction[],
  labels: RecordedLabels,
): RecipeInput['base'] | undefined {
  const from = instructions.find(({ keyword }) => keyword === 'FROM');
  const reference = from === undefined ? undefined : bodyOf(from).split(/\s/, 1)[0];
  if (reference === undefined) return undefined;
  const [image = '', digest = null] = reference.split('@');
  const recorded = (key: string): string | null =>
    labels.get('ds01.base') === image ? (labels.get(key) ?? null) : null;
  return {
    image,
    digest,
    framework: recorded('ds01.framework'),
    version: recorded('ds01.framework.version'),
    architecture: recorded('ds01.framework.architecture'),
  };
}

/** Whom the image is for, as recorded; `null` when it is for nobody. */
export function readOwner(labels: RecordedLabels): RecipeInput['owner'] {
  const [name, slug] = [labels.get('ds01.owner'), labels.get('ds01.owner.slug')];
  if (name === undefined || slug === undefined) return null;
  const id = (key: string): number => Number(labels.get(key) ?? Number.NaN);
  return { name, slug, uid: id('ds01.owner.uid'), gid: id('ds01.owner.gid') };
}
