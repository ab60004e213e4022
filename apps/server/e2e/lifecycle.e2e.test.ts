import { explainOutputSchema, eventSchema, type EventView } from '@ds01/contracts/lifecycle';
import { allContainers, succeeded, type RunningCommand } from '@ds01/e2e';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  counts,
  deployScript,
  fetches,
  listens,
  orderly,
  rulesConfig,
  serves,
  writeGpus,
} from './harness/rules-site.ts';
import { openTerminal, type Terminal } from './harness/terminal.ts';
import { until } from './harness/until.ts';
import { canRun, useDaemon } from './harness/use-sandbox.ts';

const gpus = writeGpus();
afterAll(gpus.remove);

const eventsSchema = z.object({ events: z.array(eventSchema) });
const warnedSchema = z.object({ step: z.int(), stopsAt: z.iso.datetime() });
const stoppedSchema = z.object({ ranForMs: z.int() });

const busy = ['cpu', 'gpu', 'traffic', 'typed', 'kept', 'instance'] as const;
const idle = ['idle', 'server', 'watch', 'spare-instance'] as const;
const port = 18_080;
const idleTimeoutMs = 60_000;

describe.skipIf(!canRun)('the rules on a real engine, with a minute of idleness', () => {
  const sandbox = useDaemon({ name: 'rules', gpus: gpus.path, config: rulesConfig });
  const helpers: RunningCommand[] = [];
  const terminals: Terminal[] = [];
  /** Pids of main processes when all had started, by name. */
  let pids: ReadonlyMap<string, number | null> = new Map();
  let hostProcess: RunningCommand;
  let typing: NodeJS.Timeout;

  const events = async (): Promise<readonly EventView[]> => {
    const words = ['events', '--limit', '5000', '--json'];
    const outcome = await sandbox().ds01(words, { app: 'admin' });
    return succeeded(outcome).json(eventsSchema).events;
  };
  const eventsOf = async (container: string, type: string) =>
    (await events()).filter((event) => event.container === container && event.type === type);
  const inspected = async (dockerName: string) => {
    const found = (await allContainers(sandbox())).find((one) => one.dockerName === dockerName);
    if (found === undefined) throw new Error(`${dockerName} is gone`);
    return found;
  };
  const nameOf = (name: string, user = 'alice') => `${name}._.${user}`;

  beforeAll(async () => {
    const { host, docker, start } = sandbox();
    const flagsOf: Readonly<Record<string, readonly string[]>> = {
      instance: ['--mig', '3g.20gb'],
      'spare-instance': ['--mig', '3g.20gb'],
      traffic: ['--gpus', '1', '--publish', `${String(port)}:8080`],
    };
    const scripts: Readonly<Record<string, string>> = {
      cpu: counts,
      gpu: listens,
      traffic: serves,
      server: serves,
    };
    const slots = new Map<string, string>();
    const deploy = async (name: string, user?: string): Promise<void> => {
      const script = scripts[name] ?? orderly;
      const flags = flagsOf[name];
      const made = await deployScript(sandbox(), {
        name,
        script,
        ...(user === undefined ? {} : { user }),
        ...(flags === undefined ? {} : { flags }),
      });
      slots.set(name, made.container.slots[0] ?? '');
    };
    // One after the other, so that their stops don't compete for the processors.
    for (const name of idle) await deploy(name);
    await Promise.all([
      ...busy.map(async (name) => deploy(name)),
      deploy('exempt', 'dave'),
      deploy('runs', 'carol'),
    ]);
    const free = sandbox()
      .leases()
      .flatMap((lease) => lease.slots.map(({ slot }) => String(slot)));
    const device = Array.from({ length: 12 }, (_, index) => String(index)).find(
      (slot) => !free.includes(slot),
    );
    const says = ['--label', 'aime.mlc.USER=bob', '--label', 'devcontainer.local_folder=/x'];
    const script = ['ds01/busybox', 'sh', '-c', orderly];
    await docker(
      'run',
      '-d',
      '--name',
      'says',
      ...says,
      '--gpus',
      `device=${device ?? ''}`,
      ...script,
    );

    await host.gpus.setUtilization(slots.get('gpu') ?? '', 90);
    const instancePid = (await inspected(nameOf('instance'))).pid ?? 0;
    await host.gpus.addProcess(slots.get('instance') ?? '', { pid: instancePid });
    hostProcess = start(['sleep', '600'], { timeoutMs: 200_000 });
    await host.gpus.addProcess(slots.get('gpu') ?? '', {
      pid: hostProcess.pid,
      name: 'sleep',
      usedMemoryMiB: 300,
    });
    helpers.push(
      hostProcess,
      start([process.execPath, '-e', fetches(port)], { timeoutMs: 200_000 }),
    );
    succeeded(
      await sandbox().run(['touch', '/home/alice/workspace/kept/.keep-alive'], { user: 'alice' }),
    );
    const [types, watches] = await Promise.all([
      openTerminal(sandbox(), 'alice'),
      openTerminal(sandbox(), 'alice'),
    ]);
    terminals.push(types, watches);
    types.type('ds01 container exec typed -- cat\r');
    watches.type('ds01 container exec watch -- watch -n 3 date\r');
    await watches.shows('Every 3');
    typing = setInterval(() => types.type('x\r'), 5000);
    pids = new Map(
      (await allContainers(sandbox())).map(({ dockerName, pid }) => [dockerName, pid]),
    );

    for (const at of [1, 2]) {
      await until(
        `${String(at)} restarts are due`,
        async () =>
          Date.now() - ((await inspected(nameOf('runs', 'carol'))).startedAtMs ?? 0) > 9000,
      );
      succeeded(await sandbox().ds01(['container', 'restart', 'runs'], { user: 'carol' }));
    }
    await until(
      'what is idle, or ran for long, was stopped, and a hold is over',
      async () => {
        const types = (await events()).map(({ type }) => type);
        const count = (wanted: string) => types.filter((type) => type === wanted).length;
        return (
          count('lifecycle.idle-stopped') > idle.length &&
          count('lifecycle.runtime-stopped') > 0 &&
          count('lifecycle.hold-ended') > 0
        );
      },
      100_000,
    );
    // Whoever is busy must have had time enough to be stopped.
    const lastStartMs = Math.max(
      ...(await allContainers(sandbox()))
        .filter(({ dockerName }) => dockerName !== nameOf('runs', 'carol'))
        .map(({ startedAtMs }) => startedAtMs ?? 0),
    );
    await until(
      'everybody had a minute and some more',
      () => Date.now() > lastStartMs + idleTimeoutMs + 12_000,
      60_000,
    );
  });

  afterAll(async () => {
    clearInterval(typing);
    await Promise.all(terminals.map(async (terminal) => terminal.close()));
    for (const { child } of helpers) child.kill('SIGKILL');
    await Promise.all(helpers.map(async ({ done }) => done));
  });

  test.each(idle)('%s is idle: it is warned twice and stopped on time', async (name) => {
    const dockerName = nameOf(name);
    const warnings = await eventsOf(dockerName, 'lifecycle.idle-warned');
    const promised = warnings.map(({ details }) => warnedSchema.parse(details));
    expect(promised.map(({ step }) => step)).toEqual([1, 2]);
    const stopsAtMs = Date.parse(promised[1]?.stopsAt ?? '');
    const { state, finishedAtMs } = await inspected(dockerName);
    expect(state).toBe('exited');
    expect(stopsAtMs - Date.parse(warnings[1]?.at ?? '')).toBeGreaterThan(19_000);
    expect((finishedAtMs ?? 0) - stopsAtMs).toBeGreaterThan(-1000);
    expect((finishedAtMs ?? 0) - stopsAtMs).toBeLessThan(2000);
  });

  test('the first of them was stopped a minute after its start', async () => {
    const { startedAtMs, finishedAtMs } = await inspected(nameOf('idle'));
    const ranMs = (finishedAtMs ?? 0) - (startedAtMs ?? 0);
    expect(ranMs).toBeGreaterThan(idleTimeoutMs - 1000);
    expect(ranMs).toBeLessThan(idleTimeoutMs + 6000);
  });

  test.each(busy)('%s is none of them', async (name) => {
    expect((await inspected(nameOf(name))).state).toBe('running');
    expect(await eventsOf(nameOf(name), 'lifecycle.idle-stopped')).toEqual([]);
  });

  test.each([
    ['cpu', 'cpu'],
    ['gpu', 'gpu'],
    ['traffic', 'network'],
    ['typed', 'input'],
    ['instance', 'gpu'],
    ['kept', 'keep-alive'],
  ])('%s is kept by its %s, and explain says so', async (name, signal) => {
    const words = ['container', 'explain', name, '--json'];
    const outcome = succeeded(await sandbox().ds01(words, { user: 'alice' }));
    const { signals } = outcome.json(explainOutputSchema);
    const active = signals.filter((one) => one.active).map((one) => one.signal);
    expect(active).toContain(signal);
  });

  test('the exempt is told once, and runs on', async () => {
    expect((await inspected(nameOf('exempt', 'dave'))).state).toBe('running');
    const noticed = await eventsOf(nameOf('exempt', 'dave'), 'lifecycle.exempt-noticed');
    expect(noticed).toMatchObject([{ details: { rule: 'idle' } }]);
  });

  test('a container that calls itself a dev container gains nothing', async () => {
    expect((await inspected('says')).state).toBe('exited');
    expect(await eventsOf('says', 'lifecycle.idle-stopped')).toHaveLength(1);
  });

  test('restarts do not reset the runtime clock', async () => {
    const dockerName = nameOf('runs', 'carol');
    const [stop] = await eventsOf(dockerName, 'lifecycle.runtime-stopped');
    const { ranForMs } = stoppedSchema.parse(stop?.details);
    expect(ranForMs).toBeGreaterThan(59_000);
    expect(ranForMs).toBeLessThan(63_000);
    const { state, startedAtMs, finishedAtMs } = await inspected(dockerName);
    expect(state).toBe('exited');
    // Its last run alone was much shorter.
    expect((finishedAtMs ?? 0) - (startedAtMs ?? 0)).toBeLessThan(50_000);
  });

  test('the hold gives the GPU back on time while the container stays', async () => {
    const [ended] = await eventsOf(nameOf('idle'), 'lifecycle.hold-ended');
    const { state, finishedAtMs } = await inspected(nameOf('idle'));
    expect(state).toBe('exited');
    const heldMs = Date.parse(ended?.at ?? '') - (finishedAtMs ?? 0);
    expect(heldMs).toBeGreaterThan(7000);
    expect(heldMs).toBeLessThan(11_000);
    const held = sandbox()
      .leases()
      .map(({ docker_name }) => docker_name);
    expect(held).not.toContain(nameOf('idle'));
  });

  test('a process of the host on a leased GPU is reported, and lives', async () => {
    const found = (await events()).filter(({ type }) => type === 'gpu.host-process-found');
    expect(found).toMatchObject([{ details: { pid: hostProcess.pid, leaseOf: 'alice' } }]);
    expect([hostProcess.child.exitCode, hostProcess.child.signalCode]).toEqual([null, null]);
  });

  test('nothing was signalled but what was stopped', async () => {
    expect(await sandbox().docker('logs', nameOf('gpu'))).toBe('');
    for (const { dockerName, pid, state } of await allContainers(sandbox())) {
      if (state === 'running') expect(pid, dockerName).toBe(pids.get(dockerName));
    }
  });
});
