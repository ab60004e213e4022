import { leaseIdOf, slotsOf, type Lease } from '@ds01/contracts';
import { array, assert, constantFrom, property, subarray } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { resolveDeviceIds } from '../device-ids.ts';
import { gpu, gpuUuid, host, migGpu, migUuid } from '../testing/gpus.ts';
import { leasedSlotOf } from './adopt.ts';
import { freeDevices } from './free-devices.ts';

const inventory = host(gpu(0), gpu(1), migGpu(2));
const slots = inventory.devices.flatMap(slotsOf);

function leaseOf(indexes: readonly number[]): Lease {
  return {
    id: leaseIdOf(0, '00000000000'),
    user: null,
    state: 'external',
    token: 1,
    slots: slots.filter((_, index) => indexes.includes(index)).map(leasedSlotOf),
    containerId: null,
    dockerName: 'x',
    createdAtMs: 0,
    expiresAtMs: null,
    heldUntilMs: null,
  };
}

describe('the names of free devices', () => {
  test('are all that the engine takes while everything is free', () => {
    const divided = [migUuid(2, 0), '2:0', migUuid(2, 1), '2:1', gpuUuid(2), '2'];
    const whole = [gpuUuid(0), '0', gpuUuid(1), '1'];
    expect(freeDevices(inventory, [])).toEqual([...whole, ...divided, 'all']);
  });

  test('leave out a divided GPU once a part of it is taken', () => {
    const free = freeDevices(inventory, [leaseOf([2])]);
    expect(free).toEqual([gpuUuid(0), '0', gpuUuid(1), '1', migUuid(2, 1), '2:1']);
  });

  test('are none of what is unhealthy or unknown', () => {
    const sick = gpu(1, { health: { state: 'unhealthy', reasons: ['Xid 79'] } });
    expect(freeDevices(host(gpu(0), sick), [])).toEqual([gpuUuid(0), '0']);
    expect(freeDevices(null, [])).toEqual([]);
    expect(freeDevices(host(), [])).toEqual([]);
  });

  test('never stand for a slot that somebody has', () => {
    const taken = subarray(slots.map((_, index) => index));
    const asked = array(constantFrom('all', '0', '1', '2', '2:0', '2:1', gpuUuid(2), 'count:2'));
    assert(
      property(taken, asked, (indexes, ids) => {
        const leases = indexes.length === 0 ? [] : [leaseOf(indexes)];
        const free = freeDevices(inventory, leases);
        if (!ids.every((id) => free.includes(id))) return;
        const used = new Set(indexes.map((index) => slots[index]?.uuid));
        expect(resolveDeviceIds(ids, inventory).filter(({ uuid }) => used.has(uuid))).toEqual([]);
      }),
      { seed: 20_260_105, numRuns: 500 },
    );
  });
});
