import { type Sandbox, allContainers, devicesOf, doubledDevices } from '@ds01/e2e';
import { expect } from 'vitest';

/**
 * Everything that is true of a quiet host: no device is in two containers, and the leases, the
 * devices of the containers and the grants are the same.
 */
export async function expectAgreement(sandbox: Sandbox): Promise<void> {
  const all = await allContainers(sandbox);
  const containers = all.filter((container) => devicesOf(container).length > 0);
  expect(doubledDevices(containers)).toEqual([]);
  const given = containers.map((container) => [container.id, ...devicesOf(container)].join(' '));
  const leased = sandbox
    .leases()
    .map(({ container_id: id, slots }) => [id, ...slots.map(({ uuid }) => uuid)].join(' '));
  expect(leased.toSorted()).toEqual(given.toSorted());
  expect(sandbox.resources().grants).toEqual(containers.map(({ id }) => id).toSorted());
}
