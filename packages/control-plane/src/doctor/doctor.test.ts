import { ds01Error } from '@ds01/contracts';
import { expect, test } from 'vitest';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { doctor } from './doctor.ts';
import { deployed } from '../testing/commands.ts';
import { gpu, host } from '../testing/gpus.ts';
import { createWorld, roomyLimits, type World, type WorldOptions } from '../testing/world.ts';

async function checksOf(world: World, change: Partial<ControlPlaneDependencies> = {}) {
  const deps = { ...world.deps(), ...change };
  const gate = () => ({ installed: true, mode: 'enforce', message: 'fine' });
  return (await doctor(deps, { gate, ledger: Promise.resolve(deps) })).checks;
}

async function checkOf(id: string, options: WorldOptions = {}) {
  return (await checksOf(createWorld(options))).find((check) => check.id === id);
}

test('a host in order passes every check, each told once', async () => {
  const checks = await checksOf(createWorld());
  expect(checks.filter(({ ok, severity }) => !ok || severity !== 'info')).toEqual([]);
  expect(checks.map(({ id }) => id)).toEqual([
    'engine',
    'gate',
    'gpus',
    'driver',
    'persistence',
    'mig',
    'policy',
    'database',
    'state',
    'duplicates',
    'pins',
    'firewall',
    'networks',
    'cgroups',
    'gpu-runtime',
    'gpu-access',
    'address-pools',
    'user-namespaces',
    'docker-group',
    'units',
    'clock',
    'keys',
    'disks',
  ]);
  expect(checks.some(({ why, mend }) => why !== undefined || mend !== undefined)).toBe(false);
});

test('what needs no ledger is looked at without one', async () => {
  const deps = createWorld().deps();
  const problem = { message: 'Others can write to it.', hint: 'chmod 0700 /var/lib/ds01' };
  const ledger = Promise.reject(ds01Error('access.denied', problem));
  ledger.catch(() => undefined);
  const gate = () => ({ installed: true, mode: 'enforce', message: 'fine' });
  const { checks } = await doctor(deps, { gate, ledger });
  const bad = checks.filter(({ ok }) => !ok);
  expect(bad.map(({ id }) => id)).toEqual(['state', 'pins']);
  expect(bad[0]).toMatchObject(problem);
});

test('an error that sends people to the doctor gets another hint here', async () => {
  const world = createWorld();
  const down = ds01Error('gpu.probe-failed', { message: 'No answer.', hint: 'ds01 doctor' });
  const checks = await checksOf(world, { probe: { read: () => Promise.reject(down) } });
  expect(checks.find(({ id }) => id === 'gpus')).toMatchObject({
    ok: false,
    hint: 'nvidia-smi -L',
  });
  expect(checks.filter(({ hint }) => hint?.includes('doctor') === true)).toEqual([]);
});

test('without an engine the checks that need it say so, and no more', async () => {
  const world = createWorld();
  const down = ds01Error('engine.unreachable', { message: 'No answer.', hint: 'ds01 doctor' });
  const engine = { ...world.deps().engine, info: () => Promise.reject(down) };
  const bad = (await checksOf(world, { engine })).filter(({ ok }) => !ok);
  expect(bad.map(({ id, message }) => ({ id, message }))).toEqual([
    { id: 'engine', message: 'No answer.' },
    ...['state', 'pins', 'firewall', 'networks'].map((id) => ({
      id,
      message: 'not checked: the engine does not answer',
    })),
  ]);
});

test('GPUs that failed or were lost are named', async () => {
  const gpus = {
    ...host(gpu(0), gpu(1, { health: { state: 'unhealthy', reasons: ['Xid 48.'], failed: true } })),
    notices: [
      { kind: 'lost', pciBusId: '00000000:3B:00.0', uuid: null, message: 'Fell off.' },
      { kind: 'unread', pciBusId: null, uuid: null, message: 'No kernel log.' },
    ],
  } as const;
  expect(await checkOf('gpus', { gpus })).toMatchObject({
    ok: false,
    severity: 'error',
    message: 'a GPU is lost (00000000:3B:00.0): Fell off.; GPU 1: Xid 48.; No kernel log.',
  });
  const unread = { ...host(gpu(0)), notices: gpus.notices.slice(1) };
  expect(await checkOf('gpus', { gpus: unread })).toMatchObject({
    ok: true,
    message: expect.stringContaining('all healthy. No kernel log.'),
  });
});

test('files that were never good are told problem by problem', async () => {
  const world = createWorld({ limits: 'defaults:\n  memory: lots\n  max_cpu: 1\n' });
  const checks = (await checksOf(world)).filter(({ id }) => id.startsWith('policy'));
  expect(checks[0]).toMatchObject({ id: 'policy', ok: false });
  expect(checks.slice(1).map(({ message }) => message.split(' ')[0])).toEqual([
    'resource-limits.yaml:2:11:',
    'resource-limits.yaml:3:3:',
  ]);
});

test.each([
  ['can’t be read', null, 'lifecycle-exemptions.yaml:1:1:'],
  ['is no list', 'exemptions: alice\n', 'lifecycle-exemptions.yaml:1:13:'],
  [
    'has an end that is no date',
    'exemptions:\n  - {username: alice, exempt_from: idle_timeout_h, expires_on: soon}\n',
    'lifecycle-exemptions.yaml:2:64:',
  ],
])(
  'an exemptions file that %s is an error, and the limits stay in force',
  async (_, text, place) => {
    const world = createWorld();
    const { policyFiles } = world.deps();
    const error = text === null ? 'EACCES: permission denied' : null;
    const file = { path: 'lifecycle-exemptions.yaml', text, error };
    const read = () => [...policyFiles.read(), file];
    const checks = await checksOf(world, { policyFiles: { ...policyFiles, read } });
    const policy = checks.filter(({ id }) => id.startsWith('policy'));
    expect(policy).toMatchObject([
      { id: 'policy', ok: true },
      { ok: false, severity: 'error', message: expect.stringContaining(place) },
    ]);
  },
);

test('a problem of the files names its place once', async () => {
  const limits = `${roomyLimits}unknown_key: 1\n`;
  const world = createWorld({ limits: roomyLimits });
  await deployed(world, 'thesis');
  world.setLimits(limits);
  const checks = await checksOf(world);
  const lines = checks.map(({ id, message }) => `${id}: ${message}`);
  const named = lines.filter((line) => line.includes('unknown_key'));
  expect(named).toHaveLength(1);
  expect(named[0]?.match(/resource-limits\.yaml/g)).toHaveLength(1);
});

test('members of the group docker are named, with what takes one out', async () => {
  const groupMembers = { docker: ['alice', 'bob'] };
  expect(await checkOf('docker-group', { groupMembers })).toMatchObject({
    ok: true,
    severity: 'warning',
    message: expect.stringContaining('alice, bob'),
    hint: 'gpasswd -d alice docker',
  });
});

test('a pool of networks that is full is told', async () => {
  const settings = 'network: { pool: 10.9.0.0/30, prefix: 30 }\n';
  expect(await checkOf('networks', { settings })).toMatchObject({ ok: true, severity: 'info' });
  const world = createWorld({ settings });
  await deployed(world, 'thesis');
  const checks = await checksOf(world);
  expect(checks.find(({ id }) => id === 'networks')).toMatchObject({
    ok: false,
    message: '1 of the 1 private networks that fit into 10.9.0.0/30',
  });
});

test('pins of nobody are told, and are no failure', async () => {
  const world = createWorld();
  await world.pins.pin('stray', [{ kind: 'file', name: 'passwd', text: '' }]);
  const checks = await checksOf(world);
  expect(checks.find(({ id }) => id === 'pins')).toMatchObject({
    ok: true,
    severity: 'warning',
    message: expect.stringContaining('1 that are gone'),
  });
});
