import type { ContainerDetails, HostAccount } from '@ds01/ports';
import { gpu, host, migGpu } from './gpus.ts';
import { listAll } from './commands.ts';
import { alice, bob, carol } from './people.ts';
import { createWorld, type World } from './world.ts';

/** A site with accounts, two whole GPUs and a divided one. */
export function siteWithPeople(more: readonly HostAccount[] = []): World {
  const accounts = [alice.owner, bob.owner, carol.owner, ...more];
  return createWorld({ gpus: host(gpu(0), gpu(1), migGpu(2)), accounts });
}

/** Puts a container of somebody else's there, from an image without labels of its own. */
export async function planted(world: World, details: ContainerDetails): Promise<ContainerDetails> {
  const image = await world.engine.inspectImage('ds01/busybox');
  const made = { ...details, imageId: image?.id ?? '' };
  world.engine.plant(made);
  return made;
}

/** Whose a container is, from what that is known, and how it was made. */
export async function ownerOf(world: World, { id }: ContainerDetails): Promise<readonly unknown[]> {
  const { containers } = await listAll(world);
  const found = containers.find((container) => container.id === id);
  return [found?.user, found?.ownerBy, found?.interface];
}

/** A container with this folder of the host. */
export function inFolder(folder: string): Partial<ContainerDetails> {
  return { mounts: [{ source: folder, target: '/data', readOnly: false }] };
}
