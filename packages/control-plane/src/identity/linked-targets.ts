import { ds01Error } from '@ds01/contracts';
import type { ContainerEngine } from '@ds01/ports';
import type { UseCaseOptions } from '../caller.ts';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { lookIntoImage } from './image-facts.ts';

type Kind = 'folder' | 'file' | 'link' | 'other' | null;

const remembered = new WeakMap<ContainerEngine, Map<string, Kind>>();

/**
 * Refuses places of data folders that an image leads elsewhere by a link: the engine would follow it
 * and, as root, make a folder where it leads, in the workspace for one. Fails with `image.invalid`.
 */
export async function refuseLinkedTargets(
  deps: ControlPlaneDependencies,
  wanted: {
    readonly imageId: string;
    readonly reference: string;
    readonly targets: readonly string[];
  },
  options: UseCaseOptions,
): Promise<void> {
  const { imageId, reference, targets } = wanted;
  const known = remembered.get(deps.engine) ?? new Map<string, Kind>();
  remembered.set(deps.engine, known);
  const keyOf = (path: string): string => `${imageId} ${path}`;
  const steps = [...new Set(targets.flatMap(stepsOf))];
  const unknown = steps.filter((path) => !known.has(keyOf(path)));
  if (unknown.length > 0) {
    await lookIntoImage(deps, imageId, options, async (id) => {
      for (const path of unknown) {
        // Below a link one would see where it leads.
        const isBelowLink = stepsOf(path).some((step) => known.get(keyOf(step)) === 'link');
        const found = isBelowLink ? null : await deps.engine.statContainerPath(id, path, options);
        known.set(keyOf(path), found?.kind ?? null);
      }
    });
  }
  const wrong = steps.find((path) => (known.get(keyOf(path)) ?? 'folder') !== 'folder');
  if (wrong === undefined) return;
  throw ds01Error('image.invalid', {
    message:
      `A data folder can't be mounted at ${targets.find((target) => stepsOf(target).includes(wrong)) ?? wrong}: ` +
      `${wrong} is no plain folder in the image ${reference}.`,
    hint: 'ds01 container deploy thesis --data DIR:/data/NAME',
    details: { image: reference, path: wrong },
  });
}

/** `/a/b` -> `/a`, `/a/b`. */
function stepsOf(path: string): readonly string[] {
  const parts = path.split('/').slice(1);
  return parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`);
}
