import { adminContainers } from '../admin.ts';
import {
  containerIdSchema,
  leaseIdOf,
  signLabels,
  slotsOf,
  type Lease,
  type LeaseState,
} from '@ds01/contracts';
import type { ContainerDetails, EngineContainerState } from '@ds01/ports';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { listAll } from '../testing/commands.ts';
import { foreignContainer, gpusFlag } from '../testing/foreign.ts';
import { gpu, host } from '../testing/gpus.ts';
import { brokenInvariants, lookAt } from '../testing/invariants.ts';
import { alice } from '../testing/people.ts';
import { createWorld, hourMs, type World } from '../testing/world.ts';
import { leasedSlotOf } from './adopt.ts';

const gpuCount = 5;
const signingKey = new Uint8Array(32).fill(7);

/** What is true and what the ledger says about one GPU; the two need not agree. */
interface Situation {
  readonly container: EngineContainerState | 'none';
  readonly managed: boolean;
  readonly endedHoursAgo: number;
  readonly lease: Exclude<LeaseState, 'released'> | 'none';
  readonly leaseHoursLeft: number;
  readonly granted: boolean;
  /** A stopped container of somebody who had the GPU before. */
  readonly former: boolean;
}

const situation: fc.Arbitrary<Situation> = fc.record({
  container: fc.constantFrom('none', 'created', 'running', 'paused', 'exited'),
  managed: fc.boolean(),
  endedHoursAgo: fc.constantFrom(0.1, 5),
  lease: fc.constantFrom('none', 'reserved', 'bound', 'held', 'external', 'lost'),
  leaseHoursLeft: fc.constantFrom(-1, 1),
  granted: fc.boolean(),
  former: fc.boolean(),
});

const world = fc.record({
  situations: fc.array(situation, { minLength: gpuCount, maxLength: gpuCount }),
  isReady: fc.boolean(),
  missing: fc.subarray([0, 1, 2, 3, 4], { maxLength: 1 }),
});

function containerFor(index: number, given: Situation, nowMs: number): ContainerDetails {
  const isAlive = given.container === 'running' || given.container === 'paused';
  const leaseId = leaseIdOf(nowMs - hourMs, `${index}`.padStart(11, '0'));
  const name = `c${index}`;
  const labels = labelsFor(name, { leaseId, index, nowMs });
  return foreignContainer(index, {
    ...gpusFlag({ deviceIds: [gpu(index).uuid] }),
    dockerName: `${name}._.alice`,
    createdAtMs: nowMs,
    user: '2001:2001',
    labels: given.managed ? labels : {},
    state: given.container === 'none' ? 'exited' : given.container,
    pid: isAlive ? 4000 + index : null,
    startedAtMs: given.container === 'created' ? null : nowMs - 10 * hourMs,
    finishedAtMs: given.container === 'exited' ? nowMs - given.endedHoursAgo * hourMs : null,
  });
}

function labelsFor(
  name: string,
  given: { readonly leaseId: string; readonly index: number; readonly nowMs: number },
): Readonly<Record<string, string>> {
  const values = {
    user: 'alice',
    uid: '2001',
    name,
    managed: 'true',
    interface: 'atomic',
    lease: given.leaseId,
    'gpu.uuids': gpu(given.index).uuid,
    created_at: new Date(given.nowMs).toISOString(),
  };
  return signLabels(values, signingKey);
}

function leaseFor(index: number, given: Situation, nowMs: number): Lease | null {
  if (given.lease === 'none') return null;
  const slots = slotsOf(gpu(index)).map(leasedSlotOf);
  const endsAtMs = nowMs + given.leaseHoursLeft * hourMs;
  return {
    id: leaseIdOf(nowMs - hourMs, `${index}`.padStart(11, '0')),
    user: alice.owner.name,
    state: given.lease,
    token: index + 1,
    slots,
    containerId: given.lease === 'reserved' ? null : foreignContainer(index).id,
    dockerName: `c${index}._.alice`,
    createdAtMs: nowMs - hourMs,
    expiresAtMs: given.lease === 'reserved' ? endsAtMs : null,
    heldUntilMs: given.lease === 'held' ? endsAtMs : null,
  };
}

/** Nobody makes such a thing: a created container of ours has a lease, a foreign one has no reservation. */
function isPossible(given: Situation, isReady: boolean): boolean {
  if (given.container === 'created' && (given.lease === 'none' || !given.managed)) return false;
  if (given.container === 'created' && given.lease === 'reserved' && given.leaseHoursLeft > 0) {
    return false;
  }
  if (!given.managed && given.container !== 'none' && given.lease === 'reserved') return false;
  return isReady || given.container !== 'created';
}

function build(given: {
  readonly situations: readonly Situation[];
  readonly isReady: boolean;
  readonly missing: readonly number[];
}): World {
  const devices = given.situations.map((_situation, index) => gpu(index));
  const built = createWorld({ gpus: host(...devices) });
  const nowMs = built.clock.nowMs();
  given.situations.forEach((each, index) => {
    if (!isPossible(each, given.isReady)) return;
    const container = containerFor(index, each, nowMs);
    if (each.container !== 'none') built.engine.plant(container);
    if (each.former && given.isReady) built.engine.plant(formerOf(index, container, nowMs));
    const lease = leaseFor(index, each, nowMs);
    built.store.transaction(({ leases, meta }) => {
      if (lease !== null) leases.insert(lease);
      if (given.isReady) meta.set('ready', '1');
    });
    if (!each.granted) return;
    const leaseId = leaseIdOf(nowMs - hourMs, `${index}`.padStart(11, '0'));
    const uuids = slotsOf(gpu(index)).map(({ uuid }) => uuid);
    built.gate.write({ containerId: container.id, leaseId, token: 1, devices: uuids });
  });
  return built;
}

function formerOf(index: number, container: ContainerDetails, nowMs: number): ContainerDetails {
  return {
    ...container,
    id: containerIdSchema.parse(`${index}`.padStart(64, 'e')),
    dockerName: `former${index}._.alice`,
    labels: labelsFor(`former${index}`, { leaseId: '', index, nowMs }),
    state: 'exited',
    pid: null,
    finishedAtMs: nowMs - 20 * hourMs,
  };
}

async function ledgerOf(built: World): Promise<unknown> {
  return {
    ...(await lookAt(built)),
    records: built.store.transaction(({ containers }) => containers.all()),
    grants: [...built.gate.grants],
  };
}

test('whatever the ledger says, one reconciliation makes it true, and another changes nothing', async () => {
  await fc.assert(
    fc.asyncProperty(world, async (given) => {
      const built = build(given);
      await listAll(built);
      expect(await brokenInvariants(built)).toEqual([]);
      const before = await ledgerOf(built);
      const process = built.process();
      await adminContainers(process.deps, { all: true });
      expect(await ledgerOf(built)).toEqual(before);
      expect(process.lifeline.calls).not.toContain('grants.write');
      expect(process.lifeline.calls).not.toContain('grants.withdraw');
      built.close();
    }),
    { seed: 20_260_105, numRuns: 300 },
  );
});

test('a GPU that comes and goes changes no lease but its own', async () => {
  await fc.assert(
    fc.asyncProperty(world, async (given) => {
      const built = build(given);
      await listAll(built);
      const before = (await lookAt(built)).leases.map(({ id }) => id).toSorted();
      const devices = given.situations.map((_situation, index) => gpu(index));
      built.probe.set(host(...devices.filter(({ index }) => !given.missing.includes(index))));
      await listAll(built);
      await listAll(built);
      built.probe.set(host(...devices));
      await listAll(built);
      expect(await brokenInvariants(built)).toEqual([]);
      const { leases } = await lookAt(built);
      expect(leases.map(({ id }) => id).toSorted()).toEqual(before);
      built.close();
    }),
    { seed: 20_260_105, numRuns: 100 },
  );
});
