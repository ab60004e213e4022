import { EventEmitter } from 'node:events';
import { commandOutputSchemas, routes, slotIdSchema, type RouteOutput } from '@ds01/contracts';
import { ds01Error } from '@ds01/contracts/core';
import { expect, test, vi } from 'vitest';
import { runCommand, type Answers } from '../testing/run-command.ts';
import { container } from '../wizard/testing/scripted.ts';
import { createFakeQueue, entryOf, type FakeQueue } from './testing/fake-queue.ts';

const thesis = container('thesis', 'running', [slotIdSchema.parse('0')]);
const deployed: RouteOutput<'containers.deploy'> = {
  container: thesis,
  lease: null,
  limits: {
    cpus: 4,
    memoryBytes: 2 ** 30,
    memorySwapBytes: null,
    shmSizeBytes: null,
    pidsLimit: null,
    notices: [],
  },
  outcome: 'created',
  explanation: 'Took GPU 0.',
};
const deploy = ['container', 'deploy', 'thesis', '--image', 'ds01/busybox', '--background'];
const place3 = entryOf({ position: 3, of: 5 });

function start(queue: FakeQueue, words: readonly string[], more: Answers = {}) {
  const signals = new EventEmitter();
  const printed = { stdout: '', stderr: '' };
  const answers = { ...queue.answers, ...more };
  const ran = runCommand([...deploy, ...words], answers, {
    stream: queue.stream,
    signals,
    printed,
  });
  return { ran, signals, printed };
}

/** Resolves when a remark was made. */
async function said(printed: { readonly stderr: string }, text: RegExp): Promise<void> {
  await vi.waitFor(() => expect(printed.stderr).toMatch(text), { timeout: 5000, interval: 5 });
}

test('whoever waits is told the place and the reason, when they change, and the turn', async () => {
  const queue = createFakeQueue(place3);
  const { ran, printed } = start(queue, ['--wait=30m']);
  await said(printed, /place 3/);
  await queue.followed(1);
  queue.set(entryOf({ position: 3, of: 6, waitedMs: 70_000 }));
  queue.set(entryOf({ position: 1, of: 4, waitedMs: 90_000 }));
  await said(printed, /place 1/);
  queue.set(entryOf({ state: 'claimed', position: null, slots: ['0'], waitedMs: 3_720_000 }));
  await said(printed, /your turn/);
  queue.finish(deployed);
  const { code, stdout, stderr, calls } = await ran;
  expect(code).toBe(0);
  expect(stdout).toContain('thesis deployed');
  expect(stderr.trimEnd().split('\n')).toEqual([
    'waiting for 1 GPU; Ctrl-C leaves the queue, else your place is kept',
    'waited 1m 5s: place 3 of 5, no estimate yet: all GPUs are in use',
    'waited 1m 30s: place 1 of 4, no estimate yet: all GPUs are in use',
    'your turn after 1h 2m: GPU 0',
  ]);
  expect(calls[0]).toMatchObject({
    id: 'containers.deploy',
    input: { wait: { forMs: 1_800_000 } },
  });
});

test('a program gets one document, and what happens meanwhile on stderr', async () => {
  const queue = createFakeQueue();
  const { ran, printed } = start(queue, ['--wait', '--json']);
  await said(printed, /place 2 of 5/);
  queue.finish(deployed);
  const { code, stdout } = await ran;
  expect(code).toBe(0);
  const document: unknown = JSON.parse(stdout);
  expect(commandOutputSchemas['container deploy']?.safeParse(document).success).toBe(true);
});

test('a restart of the daemon is waited for, and the same request goes on', async () => {
  const queue = createFakeQueue();
  const { ran, printed } = start(queue, ['--wait']);
  await said(printed, /place 2 of 5/);
  queue.setAway(true);
  await said(printed, /daemon does not answer; your place is kept/);
  queue.setAway(false);
  await said(printed, /the daemon is back: place 2 of 5/);
  await queue.followed(2);
  queue.finish(deployed);
  const { code, stderr, calls } = await ran;
  expect(code).toBe(0);
  expect(stderr.match(/does not answer/g)).toHaveLength(1);
  const inputs = calls.filter(({ id }) => id === 'containers.deploy').map(({ input }) => input);
  expect(inputs.length).toBeGreaterThan(1);
  expect(inputs.every((input) => JSON.stringify(input) === JSON.stringify(inputs[0]))).toBe(true);
});

test('who comes back after a restart waits no longer than they said at first', async () => {
  const waitsUntil = new Date(Date.now() + 60_000).toISOString();
  const queue = createFakeQueue(entryOf({ waitsUntil }));
  const { ran, printed } = start(queue, ['--wait=1h']);
  await said(printed, /place 2 of 5/);
  queue.setAway(true);
  await said(printed, /does not answer/);
  queue.setAway(false);
  await said(printed, /the daemon is back/);
  queue.finish(deployed);
  const { calls } = await ran;
  const last = calls.findLast(({ id }) => id === 'containers.deploy')?.input;
  const { wait } = routes['containers.deploy'].input.parse(last);
  expect(wait?.forMs).toBeGreaterThan(50_000);
  expect(wait?.forMs).toBeLessThanOrEqual(60_000);
});

test('a daemon that ends and interrupts the call has kept the place', async () => {
  const queue = createFakeQueue();
  const { ran, printed } = start(queue, ['--wait']);
  await said(printed, /place 2 of 5/);
  queue.finish(ds01Error('operation.interrupted', { message: 'The daemon ends.' }));
  await said(printed, /your place is kept/);
  await said(printed, /the daemon is back/);
  await queue.followed(1);
  queue.finish(deployed);
  expect((await ran).code).toBe(0);
});

test('Ctrl-C leaves the queue and says so', async () => {
  const queue = createFakeQueue();
  const { ran, signals, printed } = start(queue, ['--wait']);
  await said(printed, /place 2 of 5/);
  signals.emit('SIGINT');
  const { code, stderr, stdout } = await ran;
  expect([code, stdout]).toEqual([130, '']);
  expect(queue.left).toEqual([entryOf().id]);
  expect(stderr).toContain('You left the queue, where you were at place 2. Nothing was made');
  expect(stderr).toContain('try: ds01 container deploy thesis --wait');
});

test('Ctrl-C while the daemon is away says that the place is kept', async () => {
  const queue = createFakeQueue();
  const { ran, signals, printed } = start(queue, ['--wait']);
  await said(printed, /place 2 of 5/);
  queue.setAway(true);
  await said(printed, /daemon does not answer/);
  signals.emit('SIGINT');
  const { code, stderr } = await ran;
  expect(code).toBe(130);
  expect(stderr).toContain('your place in the queue is kept until you leave it');
  expect(stderr).toContain(`try: ds01 queue leave ${entryOf().id}`);
});

test('a wait that was too long ends with 8 and the next step', async () => {
  const queue = createFakeQueue();
  const { ran, printed } = start(queue, ['--wait=1s']);
  await said(printed, /place 2 of 5/);
  queue.finish(ds01Error('queue.timed-out', { message: 'No GPU came free in 1s.' }));
  const { code, stderr } = await ran;
  expect(code).toBe(8);
  expect(stderr).toMatch(/error \(queue\.timed-out\): No GPU came free in 1s\.\n {2}try: ds01 /);
});

test('where the place can’t be followed, what the call itself tells is shown', async () => {
  const line = `waiting for 1 GPU: position 2 of 5 (${entryOf().id})`;
  const printed = { stdout: '', stderr: '' };
  const refused = ds01Error('token.scope', { message: 'The token does not reach that far.' });
  const answers: Answers = {
    'containers.deploy': async (_input, options) => {
      const tell = (): void => {
        options?.onProgress?.(line);
        expect(printed.stderr).toBe(`${line}\n`);
      };
      await vi.waitFor(tell, { interval: 1 });
      return deployed;
    },
  };
  const stream = async () => Promise.reject(refused);
  const { code } = await runCommand([...deploy, '--wait'], answers, { stream, printed });
  expect(code).toBe(0);
});

test('without a place a lost daemon is a failure at once', async () => {
  const queue = createFakeQueue(null);
  queue.setAway(true);
  const { code, stderr } = await start(queue, ['--wait']).ran;
  expect(code).toBe(6);
  expect(stderr).not.toContain('place');
});

test('who asks for a GPU that is free is told nothing of a queue', async () => {
  const queue = createFakeQueue(null);
  const free: Answers = { 'containers.deploy': () => deployed };
  const { code, stderr } = await start(queue, ['--wait'], free).ran;
  expect([code, stderr]).toEqual([0, '']);
});

const refusal: Answers = {
  'containers.deploy': () => {
    throw ds01Error('gpu.none-free', { message: 'All GPUs are in use.', hint: 'ds01 gpu status' });
  },
};

test('so does one for a quota that one’s own containers use up, beside what else helps', async () => {
  const own = (retryable: boolean): Answers => ({
    'containers.deploy': () => {
      throw ds01Error('quota.gpu-exceeded', { message: '1 of 1 GPUs are used.', retryable });
    },
  });
  const refused = await runCommand(deploy, own(true));
  expect(refused.code).toBe(5);
  expect(refused.stderr).toContain('Retire one of your containers');
  expect(refused.stderr).toContain('--wait');
  expect(refused.stderr).toContain('ds01 container list --all');
  expect((await runCommand(deploy, own(false))).stderr).not.toContain('--wait');
});

test('a refusal for want of a free GPU offers to wait, where there is a queue', async () => {
  const refused = await runCommand(deploy, refusal);
  expect(refused.code).toBe(5);
  expect(refused.stderr).toContain('With --wait the same command waits for its turn.');
  const alone = await runCommand(deploy, refusal, { mode: 'embedded' });
  expect(alone.stderr).not.toContain('--wait');
});

test.each([
  ['30', '30m are minutes'],
  ['0m', '--wait takes a time such as 30m, 6h or 2d, up to 30d'],
  ['500d', 'up to 30d'],
  ['1 fortnight', '--wait takes a time such as'],
])('--wait=%s is refused', async (text, why) => {
  const { code, calls, stderr } = await runCommand([...deploy, `--wait=${text}`], {});
  expect([code, calls]).toEqual([2, []]);
  expect(stderr).toContain(why);
});

test('--wait takes no name for a time', async () => {
  const words = ['container', 'create', '--wait', 'thesis', '--image', 'ds01/busybox'];
  const { calls } = await runCommand(words, { 'containers.deploy': () => deployed });
  expect(calls.find(({ id }) => id === 'containers.deploy')?.input).toMatchObject({
    name: 'thesis',
    wait: { forMs: null },
  });
});
