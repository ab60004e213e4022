import type { CallId } from '@ds01/contracts';
import type { Caller } from '../caller.ts';
import { commitContainer } from '../images/commit.ts';
import { deleteImage } from '../images/delete.ts';
import { imageHistory, imageLog } from '../images/history.ts';
import { listImages } from '../images/list.ts';
import { pruneImages } from '../images/prune.ts';
import { nameForPulled, pullOwnImage } from '../images/pull.ts';
import { pushImage } from '../images/push.ts';
import { shareImage } from '../images/share.ts';
import { showImage } from '../images/show.ts';
import { rollbackImage, tagImage } from '../images/tag.ts';
import type { Calls, Person } from './call.ts';
import { turnKey } from './container-calls.ts';
import type { OperationsHost } from './host.ts';
import { imageOrder, inPages, versionOrder } from './in-pages.ts';
import type { Turns } from './turns.ts';

/** Operations on images, and those that make one of a container or compare the two. */
export type ImageCallId =
  | Extract<CallId, `images.${string}`>
  | 'containers.packages'
  | 'containers.commit';

/**
 * Operations on images. Changes of one image of a person's wait for each other. What reads Dockerfiles,
 * catalogues and archives is loaded when it is asked for: most commands need none of it.
 */
export function imageCalls(host: OperationsHost, turns: Turns): Calls<ImageCallId> {
  const atomic = (person: Person): Caller => ({ ...person, interface: 'atomic' });
  const all = () => host.dependencies();
  return {
    'images.list': async (person, page, options) => {
      const { images } = await listImages(await all(), atomic(person), options);
      const { items, next } = inPages(images, page, imageOrder);
      return { images: items, ...next };
    },
    'images.bases': async (_, input, options) => {
      const { listBases } = await import('../images/bases.ts');
      return listBases(await all(), input, options);
    },
    'images.show': async (person, input, options) =>
      showImage(await all(), atomic(person), input, options),
    'images.history': async (person, { name, ...page }, options) => {
      const history = await imageHistory(await all(), atomic(person), { name }, options);
      const { items, next } = inPages(history.versions, page, versionOrder(history.name));
      return { name: history.name, versions: items, ...next };
    },
    'images.log': async (person, input, options) =>
      imageLog(await all(), atomic(person), input, options),
    'images.packages': async (person, input, options) => {
      const { imagePackages } = await import('../images/packages.ts');
      return imagePackages(await all(), atomic(person), input, options);
    },
    'images.diff': async (person, input, options) => {
      const { diffImages } = await import('../images/diff.ts');
      return diffImages(await all(), atomic(person), input, options);
    },
    'images.tag': async (person, input, options) => {
      const deps = await all();
      const work = () => tagImage(deps, atomic(person), input, options);
      return turns.take(imageTurnKey(person, input.name), work, options.signal);
    },
    'images.rollback': async (person, input, options) => {
      const deps = await all();
      const work = () => rollbackImage(deps, atomic(person), input, options);
      return turns.take(imageTurnKey(person, input.name), work, options.signal);
    },
    'images.delete': async (person, input, options) => {
      const deps = await all();
      const work = () => deleteImage(deps, atomic(person), input, options);
      return turns.take(imageTurnKey(person, input.name), work, options.signal);
    },
    'images.prune': async (person, input, options) =>
      pruneImages(await all(), atomic(person), input, options),
    'images.share': async (person, input, options) => {
      const deps = await all();
      const work = () => shareImage(deps, atomic(person), input, options);
      return turns.take(imageTurnKey(person, input.name), work, options.signal);
    },
    // Each registry's tag is moved by one at a time, which they see to themselves.
    'images.push': async (person, input, options) =>
      pushImage(await all(), atomic(person), input, options),
    'images.pull': async (person, input, options) => {
      const deps = await all();
      const key = imageTurnKey(person, nameForPulled(input));
      const work = () => pullOwnImage(deps, atomic(person), input, options);
      return turns.take(key, work, options.signal);
    },
    'containers.packages': async (person, input, options) => {
      const { containerPackages } = await import('../images/container-packages.ts');
      return containerPackages(await all(), atomic(person), input, options);
    },
    'containers.commit': async (person, input, options) => {
      const deps = await all();
      const own = imageTurnKey(person, input.image ?? input.name);
      const work = () => commitContainer(deps, atomic(person), input, options);
      const inTurn = () => turns.take(own, work, options.signal);
      return turns.take(turnKey(person, input.name), inTurn, options.signal);
    },
  };
}

/** Under what changes of a person's image wait for each other. */
export function imageTurnKey(person: Person, name: string): string {
  return `image ${person.owner.name}/${name.toLowerCase().replaceAll(' ', '-')}`;
}
