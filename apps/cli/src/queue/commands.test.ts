import { commandOutputSchemas, type RouteOutput } from '@ds01/contracts';
import { describe, expect, test } from 'vitest';
import { runCommand, type Answers } from '../testing/run-command.ts';
import { gpusOf, limits } from '../wizard/testing/scripted.ts';
import { entryOf } from './testing/fake-queue.ts';

const at = new Date(Date.now() + 35 * 60_000 - 5000).toISOString();
const own = entryOf({ estimatedStartAt: at });
const other = entryOf({
  id: `q${'0'.repeat(19)}2`,
  own: false,
  user: null,
  group: 'staff',
  container: null,
  position: 1,
  asksFor: '2 whole GPUs',
  reason: { code: 'slots-being-reserved', message: 'GPUs are collected for it' },
});
const me: RouteOutput<'users.me'> = {
  user: 'alice',
  slug: 'alice',
  uid: 1001,
  gid: 1001,
  groupIds: [1001],
  group: 'student',
  role: 'user',
  home: '/home/alice',
  workspaces: '/home/alice/workspace',
  maxContextBytes: 2 ** 30,
};
const listOf = (...entries: readonly (typeof own)[]): Answers => ({
  'queue.list': () => ({ entries: [...entries], draining: null, held: null, nextCursor: null }),
});

describe('queue list', () => {
  test('shows the order, whose it is as far as the site shows that, and why', async () => {
    const { code, stdout } = await runCommand(['queue', 'list'], listOf(other, own));
    expect(code).toBe(0);
    const [heading, first, second] = stdout.split('\n').map((line) => line.split(/ {2,}/));
    expect(heading).toEqual(['PLACE', 'WHO', 'CONTAINER', 'ASKS FOR', 'WAITED', 'WITHIN', 'WHY']);
    expect(first).toEqual([
      '1',
      'group staff',
      '-',
      '2 whole GPUs',
      '1m 5s',
      '?',
      'GPUs are collected for it',
    ]);
    expect(second).toEqual(['2', 'you', 'thesis', '1 GPU', '1m 5s', '35m', 'all GPUs are in use']);
  });

  test('says that nobody waits, that it is held, and that nobody may join', async () => {
    const { stdout } = await runCommand(['gpu-queue', 'list', '--mine'], {
      'queue.list': () => ({
        entries: [],
        draining: { reason: null },
        held: { reason: 'the cooling fails' },
        nextCursor: null,
      }),
    });
    expect(stdout.trimEnd().split('\n')).toEqual([
      'nobody waits for a GPU',
      'nothing is granted at the moment: the cooling fails',
      'nobody may join at the moment',
    ]);
  });
});

describe('queue position', () => {
  test.each([[[]], [['thesis']], [[own.id]]])('%j tells everything about it', async (operand) => {
    const { stdout } = await runCommand(['queue', 'position', ...operand], listOf(own));
    expect(stdout).toMatch(/^place +2 of 5$/m);
    expect(stdout).toMatch(/^turn +within about 35m/m);
    expect(stdout).toMatch(/^why +all GPUs are in use$/m);
    expect(stdout).toMatch(/^gives up +never$/m);
  });

  test.each(['deploy', 'create'] as const)('tells how to take what is kept: %s', async (verb) => {
    const claimUntil = new Date(Date.now() + 90_000).toISOString();
    const granted = entryOf({ state: 'granted', position: null, slots: ['0'], claimUntil, verb });
    const { stdout } = await runCommand(['queue', 'position'], listOf(granted));
    expect(stdout).toMatch(/^turn +now: GPU 0 is kept for it for 1m (?:2\d|30)s$/m);
    expect(stdout).toMatch(/^take it +ds01 container \S+ thesis --wait/m);
    expect(stdout).toContain(`ds01 container ${verb} thesis --wait, with the options it had`);
    expect(stdout).not.toContain('place');
  });

  test('is one document, and nothing is no failure unless it was named', async () => {
    const json = await runCommand(['queue', 'position', '--json'], listOf(own));
    const document: unknown = JSON.parse(json.stdout);
    expect(commandOutputSchemas['queue position']?.parse(document)).toEqual({ entries: [own] });
    expect((await runCommand(['queue', 'position'], listOf())).code).toBe(0);
    const named = await runCommand(['queue', 'position', 'other'], listOf(own));
    expect([named.code, named.stdout]).toEqual([3, '']);
  });
});

describe('queue leave', () => {
  const leave: Answers = {
    'queue.leave': ({ id }) => entryOf({ id, state: 'left', position: null }),
  };

  test('leaves what is named, or the only one', async () => {
    for (const words of [
      ['queue', 'leave'],
      ['queue', 'leave', 'thesis'],
      ['gpu-queue', 'remove'],
    ]) {
      const { stdout, calls } = await runCommand(words, { ...listOf(own), ...leave });
      expect(stdout).toBe('thesis (1 GPU) left the queue\n');
      expect(calls.at(-1)).toEqual({ id: 'queue.leave', input: { id: own.id } });
    }
  });

  test('asks which one, unless all are meant', async () => {
    const answers = { ...listOf(own, { ...own, id: other.id, container: 'poster' }), ...leave };
    const which = await runCommand(['queue', 'leave'], answers);
    expect([which.code, which.calls.length]).toEqual([2, 1]);
    expect(which.stderr).toContain('thesis and poster');
    const all = await runCommand(['queue', 'leave', '--all'], answers);
    expect(all.calls.map(({ id }) => id)).toEqual(['queue.list', 'queue.leave', 'queue.leave']);
    expect((await runCommand(['queue', 'leave', 'x', '--all'], answers)).code).toBe(2);
  });
});

describe('beside other things', () => {
  const status = (freeGpus: number): Answers => ({
    'gpus.status': () => ({
      ...gpusOf([{ slot: '0', profile: null, state: freeGpus > 0 ? 'free' : 'bound' }]),
      totals: { gpuEquivalents: 1, leased: 1 - freeGpus, free: freeGpus },
    }),
  });

  test.each([
    [listOf(other, own), 0, /thesis waits for 1 GPU: place 2 of 5.*\n2 requests wait for GPUs/],
    [listOf(), 0, /^nothing is free now; to wait: ds01 container deploy NAME --wait\n$/],
    [listOf(), 1, /^$/],
  ])('gpu status tells who waits: %#', async (queue, freeGpus, text) => {
    const ran = await runCommand(['gpu', 'status'], { ...status(freeGpus), ...queue });
    expect([ran.code, ran.stderr]).toEqual([0, expect.stringMatching(text)]);
  });

  test('so do one’s limits, but not those of somebody else', async () => {
    const answers: Answers = {
      'users.me': () => me,
      'limits.show': () => limits({ max_gpu_equivalents: 1 }),
      ...listOf(own),
    };
    const ran = await runCommand(['check-limits'], answers);
    expect([ran.code, ran.stderr]).toEqual([0, expect.stringMatching(/^thesis waits for 1 GPU/)]);
    const others = await runCommand(['check-limits', '--user', 'bob'], answers);
    expect([others.code, others.stderr]).toEqual([0, '']);
  });

  test('a list of containers tells what one waits for; programs get what they had', async () => {
    const containers: Answers = { 'containers.list': () => ({ containers: [] }) };
    const ran = await runCommand(['container', 'list'], { ...containers, ...listOf(own) });
    expect(ran.stderr).toMatch(/^thesis waits for 1 GPU: place 2 of 5/);
    const json = await runCommand(['container', 'list', '--json'], containers);
    expect([json.stderr, json.calls.length]).toEqual(['', 1]);
    // A daemon that knows of no queue takes nothing away.
    expect((await runCommand(['container', 'list'], containers)).code).toBe(0);
  });
});
