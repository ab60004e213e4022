import { containerIdSchema, signLabels, type LabelValues } from '@ds01/contracts';
import type { ContainerDetails } from '@ds01/ports';
import { expect, test } from 'vitest';
import { containerRecordOf } from './container-record.ts';
import { deviceIdsOf } from './device-ids.ts';
import { deployed, listAll } from './testing/commands.ts';
import { gpuUuid } from './testing/gpus.ts';
import { createWorld, hourMs } from './testing/world.ts';

const key = new Uint8Array(32).fill(7);
const madeAtMs = Date.UTC(2026, 0, 5, 9);

async function madeByUs(): Promise<ContainerDetails> {
  const world = createWorld();
  const { container } = await deployed(world, 'thesis');
  const details = await world.engine.inspectContainer(container.id);
  world.close();
  return details;
}

test('a container as we made it is ours', async () => {
  const record = containerRecordOf(await madeByUs(), key);
  expect(record).toMatchObject({ managed: true, user: 'alice', name: 'thesis' });
});

test.each([
  ['without its GPUs', { deviceRequests: [] }],
  ['later', { createdAtMs: madeAtMs + hourMs }],
  ['earlier', { createdAtMs: madeAtMs - hourMs }],
  ['as another user', { user: '0:0' }],
  ['from another image', { imageId: `sha256:${'c'.repeat(64)}` }],
  ['with a label changed', { labels: { 'ds01.user': 'bob' } }],
] as const)('the same labels on a container made %s are not believed', async (_, changes) => {
  const details = await madeByUs();
  const labels = { ...details.labels, ...('labels' in changes ? changes.labels : {}) };
  const copy = { ...details, ...changes, labels };
  expect(containerRecordOf(copy, key)).toMatchObject({ managed: false, user: null, leaseId: null });
});

test('a container from a committed image belongs to nobody', async () => {
  const world = createWorld();
  const { container } = await deployed(world, 'thesis');
  const { labels, user } = await world.engine.inspectContainer(container.id);
  world.clock.advance(hourMs);
  await world.engine.createContainer({
    dockerName: 'copy',
    image: 'ds01/busybox',
    command: ['sh'],
    env: [],
    labels,
    user,
    groupIds: [],
    workingDirectory: '/',
    hostname: 'copy',
    tty: false,
    openStdin: false,
    deviceUuids: [],
    mounts: [],
    tmpfs: {},
    resources: {},
    logOptions: {},
    cgroupParent: null,
    capabilitiesDropped: [],
    securityOptions: [],
    init: false,
    network: { mode: 'bridge', aliases: [] },
    ports: [],
  });
  const { containers } = await listAll(world);
  expect(containers.map(({ dockerName, user: owner }) => [dockerName, owner])).toEqual([
    ['copy', null],
    ['thesis._.alice', 'alice'],
  ]);
  world.close();
});

test("an image's own device variable doesn't count beside device requests", async () => {
  const details = {
    ...(await madeByUs()),
    runtime: 'nvidia',
    env: ['NVIDIA_VISIBLE_DEVICES=all'],
  };
  expect(deviceIdsOf(details)).toEqual([gpuUuid(0)]);
  expect(deviceIdsOf({ ...details, deviceRequests: [] })).toEqual(['all']);
});

test('signed labels of a foreign form make nothing ours', () => {
  const values: Partial<LabelValues> = { user: 'alice', uid: '2001', created_at: 'yesterday' };
  const details = {
    ...foreign,
    labels: signLabels(values, key),
    user: '2001:2001',
  };
  expect(containerRecordOf(details, key).managed).toBe(false);
});

const foreign: ContainerDetails = {
  id: containerIdSchema.parse('a'.repeat(64)),
  dockerName: 'foreign',
  image: 'busybox',
  state: 'running',
  labels: {},
  createdAtMs: madeAtMs,
  imageId: '',
  deviceRequests: [],
  devicePaths: [],
  env: [],
  command: [],
  user: '',
  runtime: 'runc',
  cgroupParent: '',
  mounts: [],
  pid: null,
  exitCode: null,
  outOfMemory: false,
  startedAtMs: null,
  finishedAtMs: null,
  restartCount: 0,
  resources: {},
  groupIds: [],
  workingDirectory: '',
  hostname: '',
  tty: false,
  openStdin: false,
  tmpfs: {},
  logOptions: {},
  capabilitiesDropped: [],
  securityOptions: [],
  init: false,
  networkMode: 'bridge',
  ports: [],
};
