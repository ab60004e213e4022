import { eventTypes, type NewEvent } from '@ds01/contracts/lifecycle';
import { expect, test } from 'vitest';
import { describeEvent } from './describe.ts';

const about = { user: 'alice', uid: 1000, container: 'thesis._.alice', containerId: null };
const atMs = Date.UTC(2026, 10, 22, 9);
const inTenMinutes = '2026-11-22T09:10:00.000Z';
const gpus = { slots: ['0', '1.2'], uuids: ['GPU-0', 'MIG-1'], gpuEquivalents: 1.2 };
const byAdmin = { by: 'dana', reason: 'exam week' };
const warned = { step: 2, stopsAt: inTenMinutes, limit: 'idle_timeout_h', highDemand: true };
const stopped = {
  limit: 'idle_timeout_h',
  lastActiveAt: '2026-11-22T08:00:00.000Z',
  ranForMs: 7_200_000,
};
const share = { share: 0.815, threshold: 0.8 };

const queued = { entry: 'q1', asksFor: '1 GPU', priority: 'normal', gpuEquivalents: 1 };
const token = { token: 't1', name: 'ci', scope: 'read', by: 'dana' };

type DetailsByType = { readonly [Event in NewEvent as Event['type']]: Event['details'] };

/** One event of every type. */
const samples: DetailsByType = {
  'container.created': { image: 'ds01/busybox', interface: 'cli' },
  'container.started': {},
  'container.stopped': { force: true },
  'container.stopped-by-admin': { force: false, by: 'dana', reason: 'a hot room' },
  'container.ended': { exitCode: 3, outOfMemory: false },
  'container.paused': {},
  'container.unpaused': {},
  'container.renamed': { from: 'paper._.alice' },
  'container.removed': { reason: 'its owner removed it' },
  'container.out-of-memory': {},
  'container.found': { image: 'nvidia/cuda', ownerBy: null },
  'container.adopted': byAdmin,
  'container.protected': byAdmin,
  'container.unprotected': { ...byAdmin, reason: null },
  'gpu.lease-granted': gpus,
  'gpu.lease-held': { ...gpus, until: inTenMinutes },
  'gpu.lease-released': { ...gpus, reason: 'its container was removed' },
  'gpu.lost': gpus,
  'gpu.layout-changed': { device: 'GPU-0', before: ['3g.20gb@0'], after: [], afterReboot: true },
  'gpu.refused': { code: 'gpu.none-free', message: 'No GPU is free.' },
  'gpu.host-process-found': { pid: 7, program: 'python', device: '0', leaseOf: 'alice' },
  'gpu.host-process-ended': { pid: 7, program: 'python', device: '0' },
  'lifecycle.idle-warned': warned,
  'lifecycle.activity-resumed': { signal: 'cpu' },
  'lifecycle.idle-stopped': stopped,
  'lifecycle.runtime-warned': { ...warned, highDemand: false },
  'lifecycle.runtime-stopped': stopped,
  'lifecycle.exempt-noticed': { rule: 'idle', exemption: 'exam' },
  'lifecycle.stop-failed': { reason: 'it still runs' },
  'lifecycle.hold-ended': gpus,
  'lifecycle.container-removed': { rule: 'container-hold', keptAs: 'ds01-alice/thesis:kept-1' },
  'lifecycle.kept-image-removed': { image: 'ds01-alice/thesis:kept-1' },
  'lifecycle.kept-alive': { until: inTenMinutes },
  'lifecycle.extended': { byMs: 3_600_000, totalMs: 7_200_000, by: 'alice' },
  'lifecycle.extension-requested': { byMs: 3_600_000, reason: 'deadline' },
  'lifecycle.extension-refused': byAdmin,
  'lifecycle.demand-rose': share,
  'lifecycle.demand-fell': share,
  'lifecycle.paused': { ...byAdmin, until: inTenMinutes },
  'lifecycle.resumed': { reason: 'the time was over' },
  'lifecycle.stalled': { what: 'passes', sinceMs: 60_000 },
  'lifecycle.recovered': { what: 'passes' },
  'storage.nearly-full': { what: 'workspace', usedBytes: 9 * 2 ** 30, limitBytes: 10 * 2 ** 30 },
  'storage.exceeded': {
    what: 'container',
    usedBytes: 11 * 2 ** 30,
    limitBytes: 10 * 2 ** 30,
    stopsAt: inTenMinutes,
  },
  'storage.container-stopped': { usedBytes: 11 * 2 ** 30, limitBytes: 10 * 2 ** 30 },
  'policy.problem-found': { problem: 'resource-limits.yaml:3', lastGoodInForce: true },
  'policy.problem-mended': {},
  'limits.set': { ...byAdmin, changes: { max_cpus: '4' }, until: inTenMinutes },
  'exemption.added': { ...byAdmin, rules: ['idle'], until: null },
  'exemption.removed': byAdmin,
  'reservation.added': {
    ...byAdmin,
    reservation: 'r1a2b3c4d',
    for: 'alice',
    slots: ['0', '1:2'],
    from: inTenMinutes,
    until: inTenMinutes,
  },
  'reservation.removed': { ...byAdmin, reservation: 'r1a2b3c4d', for: 'group staff', slots: ['0'] },
  'reservation.began': { reservation: 'r1a2b3c4d', for: 'alice', slots: ['0', '1:2'] },
  'reservation.ended': { reservation: null, for: 'group staff', slots: ['0'] },
  'group.changed': { by: 'dana', from: 'student', to: 'researcher' },
  'user.offboarded': { by: 'dana', containers: 2, leases: 1, images: 0 },
  'queue.joined': { ...queued, position: 3, waitsUntil: null },
  'queue.granted': { ...queued, slots: ['0'], waitedMs: 60_000, claimUntil: inTenMinutes },
  'queue.claimed': { ...queued, waitedMs: 60_000 },
  'queue.left': { ...queued, by: 'alice', reason: null },
  'queue.many': { since: inTenMinutes, unwritten: 70 },
  'queue.expired': queued,
  'queue.timed-out': queued,
  'queue.refused': { ...queued, code: 'gpu.no-match', message: 'no GPU of this server fits' },
  'queue.changed': { ...byAdmin, entry: 'q1', change: 'comes first' },
  'queue.held': byAdmin,
  'queue.resumed': byAdmin,
  'queue.drained': byAdmin,
  'queue.opened': { ...byAdmin, reason: null },
  'token.created': token,
  'token.rotated': token,
  'token.revoked': token,
  'token.expiring': { token: 't1', name: 'laptop', scope: 'write', expiresAt: inTenMinutes },
  'access.blocked': { address: '192.0.2.1', reason: 'wrong tokens', until: inTenMinutes },
  'operation.interrupted': { operation: 'o1', route: 'images.pull' },
  'user.notified': { by: 'dana' },
  'emergency.stopped': { ...byAdmin, containers: 9, failed: 1 },
  'notification.failed': { channel: 'mail', about: 'idle', reason: 'refused' },
  'hook.failed': { reason: 'exit code 1' },
  'daemon.started': { version: '0.1.0' },
  'daemon.stopped': {},
};

function sampleOf(type: NewEvent['type']): NewEvent {
  return { type, ...about, details: samples[type] } as NewEvent;
}

test('every type of event has words, which name no unknown', () => {
  const texts = eventTypes.map((type) => describeEvent(sampleOf(type), atMs));
  expect(
    texts.filter((text) => /undefined|null|NaN|\[object|\n/.test(text) || text === ''),
  ).toEqual([]);
  expect(new Set(texts).size).toBe(texts.length);
});

test('whose rules changed after a warning is not said to be active', () => {
  const details = { signal: 'rule' };
  const event: NewEvent = { type: 'lifecycle.activity-resumed', ...about, details };
  expect(describeEvent(event, atMs)).toBe(
    "it has more time now; it won't be stopped as it was warned",
  );
});

test('times are said as spans, which are right in every zone', () => {
  expect(describeEvent(sampleOf('gpu.lease-held'), atMs)).toBe('keeps GPUs 0, 1.2 for 10m');
  expect(describeEvent(sampleOf('lifecycle.idle-warned'), atMs)).toBe(
    'idle; it will be stopped in 10m (idle_timeout_h, in high demand), warning 2',
  );
  expect(describeEvent(sampleOf('lifecycle.idle-stopped'), atMs)).toBe(
    'stopped, idle for 1h (idle_timeout_h)',
  );
});
