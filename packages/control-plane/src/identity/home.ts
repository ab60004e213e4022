import { ds01Error, isDs01Error, type ContainerId, type Ds01Error } from '@ds01/contracts';
import type { HostAccount } from '@ds01/ports';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { homeOf } from './account-files.ts';
import type { ImageFacts } from './image-facts.ts';

/** Refuses an image in which one of DS01's own places leads elsewhere (`image.invalid`). */
export function checkImage(
  facts: ImageFacts,
  image: { readonly reference: string; readonly hasSecrets: boolean },
): void {
  const wrong = facts.unusable.filter((path) => path !== '/run/secrets' || image.hasSecrets);
  if (wrong.length > 0) throw unusable(image.reference, wrong.join(', '));
}

/**
 * Makes the owner's home in a container that was never started: empty, theirs alone. A real folder
 * that is there already becomes theirs with what is in it (an image made from one of their
 * containers). Fails with `image.invalid` for anything else.
 */
export async function makeHome(
  deps: Pick<ControlPlaneDependencies, 'engine'>,
  container: {
    readonly id: ContainerId;
    readonly owner: HostAccount;
    readonly facts: ImageFacts;
    readonly reference: string;
  },
): Promise<void> {
  const { id, owner, facts, reference } = container;
  const { uid, gid } = owner;
  const home = homeOf(owner.slug);
  // Nothing is mounted in /home, so that it is what it was in the image.
  const parent = facts.hasHomes ? 'folder' : 'missing';
  try {
    await deps.engine.makeContainerFolder(id, home, { uid, gid, mode: 0o700 }, { parent });
  } catch (error) {
    if (!isDs01Error(error) || error.code !== 'engine.conflict') throw error;
    throw unusable(reference, home);
  }
}

function unusable(reference: string, places: string): Ds01Error {
  return ds01Error('image.invalid', {
    message:
      `The image ${reference} can't be used: in it ${places} is not what DS01 needs there ` +
      '(a plain folder or file of its own, no link).',
    hint: `docker image inspect ${reference}`,
    details: { image: reference, reason: places },
  });
}
