import { describe, expect, test } from 'vitest';
import { createManualClock } from './fixtures/clocks.ts';
import { answeringWith, migHost, uuids, type HostTexts } from './fixtures/mig-host.ts';
import { createNvidiaSmiProbe } from './nvidia-smi-probe.ts';
import type { CommandOutcome, CommandRunner } from './run-command.ts';

const path = '/opt/nvidia/nvidia-smi';

function probeOf(run: CommandRunner) {
  const clock = createManualClock();
  return {
    clock,
    probe: createNvidiaSmiProbe({ path, timeoutMs: 1000, cacheMs: 500, clock, run }),
  };
}

function hostProbe(first: HostTexts = migHost) {
  let texts = first;
  const run = answeringWith(() => texts);
  const become = (next: HostTexts): void => {
    texts = next;
  };
  return { ...probeOf(run), run, become };
}

const always =
  (outcome: CommandOutcome): CommandRunner =>
  async () =>
    outcome;

const listings = (calls: readonly string[]): number => calls.filter((call) => call === '-L').length;

test('readers at the same time and within the cache time share one reading', async () => {
  const { probe, clock, run } = hostProbe();
  const [one, two] = await Promise.all([probe.read(), probe.read()]);
  clock.advance(499);
  expect(await probe.read()).toBe(one);
  expect(two).toBe(one);
  const calls = ['-L', '-q -x', 'mig -lgi', 'mig -lgip', 'topo -m'];
  expect(run.calls.toSorted()).toEqual(calls);
  clock.advance(1);
  expect(await probe.read()).not.toBe(one);
});

test('fresh readers get a reading that starts after they asked, and share it', async () => {
  const { probe, run } = hostProbe();
  const early = probe.read();
  const [one, two] = await Promise.all([probe.read({ fresh: true }), probe.read({ fresh: true })]);
  expect(one).toBe(two);
  expect(await early).not.toBe(one);
  expect(listings(run.calls)).toBe(2);
});

test('the topology is read again only when other GPUs are listed', async () => {
  const { probe, run, become } = hostProbe();
  await probe.read({ fresh: true });
  await probe.read({ fresh: true });
  expect(run.calls.filter((call) => call === 'topo -m')).toHaveLength(1);
  become({ ...migHost, list: migHost.list.replaceAll(/ {2}MIG.*\n/gu, '') });
  await probe.read({ fresh: true });
  expect(run.calls.filter((call) => call === 'topo -m')).toHaveLength(2);
});

test('without MIG devices nobody asks for placements', async () => {
  const { probe, run } = hostProbe({
    ...migHost,
    list: migHost.list.replaceAll(/ {2}MIG.*\n/gu, ''),
  });
  await probe.read();
  expect(run.calls).not.toContain('mig -lgi');
});

test('a failure ends the life of the kept reading and is not kept itself', async () => {
  const { probe, become } = hostProbe();
  const before = await probe.read();
  become({ ...migHost, list: 'Segmentation fault' });
  await expect(probe.read({ fresh: true })).rejects.toMatchObject({ code: 'gpu.probe-failed' });
  become(migHost);
  const after = await probe.read();
  expect(after).not.toBe(before);
  expect(after).toEqual(before);
});

test('a clock that jumps back makes the kept reading old', async () => {
  const { probe, clock, run } = hostProbe();
  await probe.read();
  clock.advance(-10_000);
  await probe.read();
  expect(listings(run.calls)).toBe(2);
});

test('an aborted reader is let go, the others get their reading', async () => {
  const { probe } = hostProbe();
  const abort = new AbortController();
  const aborted = probe.read({ signal: abort.signal });
  const patient = probe.read();
  abort.abort();
  await expect(aborted).rejects.toMatchObject({ code: 'operation.interrupted' });
  expect((await patient).devices).toHaveLength(2);
  await expect(probe.read({ signal: abort.signal })).rejects.toMatchObject({
    code: 'operation.interrupted',
  });
});

test.each<[string, CommandOutcome, RegExp, Record<string, unknown>]>([
  ['hangs', { kind: 'timed-out' }, /did not answer in time/, { outcome: 'timed-out' }],
  ['never stops printing', { kind: 'output-too-long' }, /printed more/, {}],
  [
    'is missing',
    { kind: 'not-started', code: 'ENOENT' },
    /there is no \/opt\/nvidia\/nvidia-smi/,
    { systemError: 'ENOENT' },
  ],
  ['may not be run', { kind: 'not-started', code: 'EACCES' }, /EACCES/, { systemError: 'EACCES' }],
  [
    'has no driver',
    {
      kind: 'exited',
      code: 9,
      stdout: "NVIDIA-SMI has failed because it couldn't communicate\nMore",
      stderr: '',
    },
    /driver is not loaded/,
    { exitCode: 9, output: "NVIDIA-SMI has failed because it couldn't communicate" },
  ],
  [
    'fails in words',
    { kind: 'exited', code: 255, stdout: migHost.list, stderr: '\n\u001b[31mboom\nmore' },
    /exited with 255/,
    { exitCode: 255, output: '[31mboom' },
  ],
  [
    'is killed',
    { kind: 'exited', code: null, stdout: '', stderr: '' },
    /was killed/,
    { exitCode: null },
  ],
])(
  'a tool that %s is gpu.probe-failed with the facts',
  async (_what, outcome, message, details) => {
    const { probe } = probeOf(always(outcome));
    await expect(probe.read()).rejects.toMatchObject({
      code: 'gpu.probe-failed',
      hint: 'ds01 doctor',
      message: expect.stringMatching(message),
      details: { path, ...details },
    });
  },
);

test('a runner that breaks its promise is gpu.probe-failed too', async () => {
  const { probe } = probeOf(() => Promise.reject(new TypeError('no')));
  await expect(probe.read()).rejects.toMatchObject({ code: 'gpu.probe-failed' });
});

test.each([
  ['code 6', { kind: 'exited', code: 6, stdout: '', stderr: '' }],
  ['words', { kind: 'exited', code: 0, stdout: 'No devices were found\n', stderr: '' }],
] satisfies [string, CommandOutcome][])(
  'no GPUs, told by %s, is an empty inventory',
  async (_how, outcome) => {
    const { probe } = probeOf(always(outcome));
    expect(await probe.read()).toEqual({ driverVersion: null, devices: [], links: [] });
  },
);

test('a lost GPU on standard error and a code of failure leave the others readable', async () => {
  const lost = 'Unable to determine the device handle for GPU0: 0000:07:00.0: Unknown Error\n';
  const texts = {
    ...migHost,
    list: migHost.list.replace(/GPU 0:.*\n/u, ''),
    xml: migHost.xml.replace(/\t<gpu id[\s\S]*?<\/gpu>\n/u, ''),
  };
  const answer = answeringWith(() => texts);
  const { probe } = probeOf(async (args) => {
    const outcome = await answer(args);
    return outcome.kind === 'exited' ? { ...outcome, code: 255, stderr: lost } : outcome;
  });
  expect((await probe.read()).devices).toMatchObject([{ index: 1, uuid: uuids.divided }]);
});

describe('when the description of all GPUs fails because of one', () => {
  const lost = 'Unable to determine the device handle for GPU0000:07:00.0: Unknown Error\n';
  const whole = migHost.xml.match(/\t<gpu id[\s\S]*?<\/gpu>\n/gu) ?? [];
  const alone = (gpu: string): string =>
    migHost.xml.replace(/\t<gpu id[\s\S]*<\/gpu>\n/u, () => gpu);
  const exited = (code: number, stdout: string): CommandOutcome => ({
    kind: 'exited',
    code,
    stdout,
    stderr: '',
  });
  const answer = answeringWith(() => migHost);
  const each =
    (about: Readonly<Record<string, CommandOutcome>>): CommandRunner =>
    async (args) =>
      about[args.join(' ')] ?? (args[0] === '-q' ? exited(15, lost) : answer(args));

  test('each is asked for by itself', async () => {
    const { probe } = probeOf(
      each({
        [`-q -x -i ${uuids.whole}`]: exited(15, lost),
        [`-q -x -i ${uuids.divided}`]: exited(0, alone(whole[1] ?? '')),
      }),
    );
    const { devices } = await probe.read();
    expect(devices.map(({ health }) => health)).toEqual([
      { state: 'unhealthy', failed: true, reasons: [lost.trim()] },
      { state: 'healthy', reasons: [] },
    ]);
    expect(devices[1]?.instances.map(({ placement }) => placement)).toEqual([
      { start: 4, size: 4 },
      { start: 2, size: 1 },
    ]);
  });

  test('one that is described as another is of unknown health', async () => {
    const { probe } = probeOf(
      each({
        [`-q -x -i ${uuids.whole}`]: exited(0, alone(whole[1] ?? '')),
        [`-q -x -i ${uuids.divided}`]: exited(0, alone(whole[1] ?? '')),
      }),
    );
    const { devices } = await probe.read();
    expect(devices.map(({ health }) => health.state)).toEqual(['unknown', 'healthy']);
  });

  test('and none answers, the reading fails', async () => {
    const { probe } = probeOf(each({}));
    await expect(probe.read()).rejects.toMatchObject({ code: 'gpu.probe-failed' });
  });
});

test('a list that a lost GPU cuts is no list when others may be missing', async () => {
  const lost = 'Unable to determine the device handle for GPU 0000:07:00.0: GPU is lost.\n';
  const list = migHost.list.replace(/GPU 0:[\s\S]*/u, lost);
  const xml = migHost.xml.replace(/\t<gpu id[\s\S]*<\/gpu>\n/u, lost);
  const { probe } = hostProbe({ ...migHost, list, xml });
  await expect(probe.read()).rejects.toMatchObject({ code: 'gpu.probe-failed' });
});

test('a failing topology or placement table costs only what it would have said', async () => {
  const answer = answeringWith(() => migHost);
  const { probe } = probeOf(async (args) =>
    args[0] === 'topo' || args[0] === 'mig' ? { kind: 'timed-out' } : answer(args),
  );
  const { devices, links } = await probe.read();
  expect(links).toEqual([]);
  expect(devices.map((device) => device.health.state)).toEqual(['healthy', 'healthy']);
  expect(devices[1]?.instances.map((instance) => instance.placement)).toEqual([null, null]);
});
