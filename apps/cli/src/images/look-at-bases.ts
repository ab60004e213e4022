import type { ImageView, RouteInput } from '@ds01/contracts';
import { isDs01Error } from '@ds01/contracts/core';
import { analyseTriggers, type ExternalImage } from '@ds01/dockerfile-builder';
import type { CommandContext } from '../context.ts';
import { registryAuthsFor } from '../registry/credentials.ts';
import { imageWordOf } from './image-words.ts';
import { sourcesOf } from './sources.ts';

/** What a build needs because of the images that it takes. */
export interface BaseNeeds {
  /** Credentials for the registries of those that have to be fetched. */
  readonly auth: NonNullable<RouteInput<'images.build'>['auth']>;
  /** What their ONBUILD instructions copy; `null` when that can't be told. */
  readonly sources: readonly string[] | null;
}

/**
 * Looks at the images that a build takes: what isn't on this server has to be fetched, with the
 * person's own credentials, which are read for nothing else.
 */
export async function lookAtBases(
  context: CommandContext,
  images: readonly ExternalImage[],
  { pull }: { readonly pull: boolean },
): Promise<BaseNeeds> {
  const fetched: string[] = [];
  const triggers: string[] = [];
  const froms = new Set(images.filter(({ usedBy }) => usedBy === 'from').map(nameOf));
  for (const reference of new Set(images.map(nameOf))) {
    const view = await viewOf(context, reference);
    if (view === null ? !isId(reference) : pull && !view.image.own) fetched.push(reference);
    if (view !== null && froms.has(reference)) triggers.push(...view.onBuild);
  }
  const analysis = analyseTriggers(triggers);
  return {
    auth: { ...(await registryAuthsFor(context, fetched)) },
    // What is wrong with them the daemon says, which builds.
    sources: analysis.ok ? sourcesOf(analysis.contextSources) : null,
  };
}

/** An image of this server; `null` when it isn't there for this person. */
export async function viewOf(
  { runtime, signal }: Pick<CommandContext, 'runtime' | 'signal'>,
  reference: string,
): Promise<ImageView | null> {
  try {
    return await runtime.api.call('images.show', imageWordOf(reference), { signal });
  } catch (error) {
    const isUnknown = ['image.not-found', 'name.invalid', 'image.invalid', 'usage.invalid'];
    if (isDs01Error(error) && isUnknown.includes(error.code)) return null;
    throw error;
  }
}

function nameOf({ reference }: ExternalImage): string {
  return reference;
}

/** Ids are of this server, and in no registry. */
function isId(reference: string): boolean {
  return /^(?:sha256:)?[0-9a-f]{12,64}$/.test(reference);
}
