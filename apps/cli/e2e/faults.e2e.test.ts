import { setTimeout } from 'node:timers/promises';
import {
  type CommandOutcome,
  people,
  type Sandbox,
  wrongThings,
  retireAll,
  configWith,
  succeeded,
  createRandom,
} from '@ds01/e2e';
import { afterAll, describe, expect, test } from 'vitest';
import { callsOf, runFaulty } from './faults/faulty-ds01.ts';
import { canRun, useSandbox } from './harness/use-sandbox.ts';

const users = people.map(({ name }) => name);
/** Long enough for eight commands at once on two busy processors. */
const ttlMs = 3000;
/** Of one command, in the short run. */
const maxPoints = 3;
const long = process.env['DS01_TEST_LONG'] === '1';
const seed = 20_260_105;

const deploy = ['container', 'deploy', 'thesis', '--image', 'ds01/busybox', '--json'];
const stop = ['container', 'stop', 'thesis', '--force', '--json'];

interface Case {
  readonly name: string;
  /** Commands that lead to the state in which it is given. */
  readonly before: readonly (readonly string[])[];
  readonly words: readonly string[];
  /** Exit code of the same command when it finds its work done. */
  readonly doneAlready?: number;
}

const cases: readonly Case[] = [
  { name: 'deploy', before: [], words: deploy },
  { name: 'stop', before: [deploy], words: stop },
  {
    name: 'start',
    before: [deploy, stop],
    words: ['container', 'start', 'thesis', '--json'],
  },
  {
    name: 'remove',
    before: [deploy, stop],
    words: ['container', 'remove', 'thesis', '--yes', '--json'],
    doneAlready: 3,
  },
  {
    name: 'retire',
    before: [deploy],
    words: ['container', 'retire', 'thesis', '--yes', '--force', '--json'],
    doneAlready: 3,
  },
];

let points = 0;
const startedMs = performance.now();
afterAll(() => {
  const seconds = Math.round((performance.now() - startedMs) / 1000);
  console.info(`${points} commands were killed on a real engine, ${seconds} s in all`);
});

function run(sandbox: Sandbox, user: string, words: readonly string[]): Promise<CommandOutcome> {
  return sandbox.ds01(words, { user });
}

/**
 * The calls to die before: in the short run a sample of those that come after the look at the world
 * with which every command begins, and one of that. In memory every command is killed at each third call.
 */
function pointsOf(calls: readonly string[]): readonly number[] {
  const all = calls.map((_call, index) => index);
  if (long) return all;
  const opening = calls.indexOf('cgroups.removeEmpty');
  const random = createRandom(seed);
  const some = [random.below(opening)];
  const later = all.filter((index) => index > opening);
  while (later.length > maxPoints) later.splice(random.below(later.length), 1);
  return [...some, ...later].toSorted((left, right) => left - right);
}

function batchesOf<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, number) =>
    items.slice(number * size, (number + 1) * size),
  );
}

/** Kills the command of each user at another of its calls, and looks at what is left. */
async function killAt(
  sandbox: Sandbox,
  given: Case,
  batch: readonly { readonly user: string; readonly at: number }[],
): Promise<readonly string[]> {
  const label = `killed before call ${batch.map(({ at }) => at).join(', ')}`;
  for (const words of given.before) {
    await Promise.all(batch.map(async ({ user }) => succeeded(await run(sandbox, user, words))));
  }
  const ends = await Promise.all(
    batch.map(
      ({ user, at }) =>
        runFaulty(sandbox, [...given.words, '--user', user], { at, signal: 'SIGKILL' }).done,
    ),
  );
  points += ends.filter(({ signal }) => signal === 'SIGKILL').length;
  const alive = ends.filter(({ signal, code }) => signal !== 'SIGKILL' && code !== 0);
  // Not a wait for something to happen: the reservations of the dead have to run out.
  await setTimeout(ttlMs);
  succeeded(await sandbox.ds01(['container', 'list', '--all', '--json']));
  const left = await wrongThings(sandbox);
  const again = await Promise.all(
    batch.map(async ({ user, at }) => {
      const { code, stdout } = await run(sandbox, user, given.words);
      const isFine = code === 0 || code === given.doneAlready;
      return isFine ? [] : [`call ${at}, the same command again: ${stdout}`];
    }),
  );
  const later = await wrongThings(sandbox);
  await retireAll(
    sandbox,
    batch.map(({ user }) => user),
  );
  const { grants, pins, cgroups } = sandbox.resources();
  return [
    ...alive.map(({ stdout }) => `failed by itself: ${stdout}`),
    ...left.map((what) => `${label}: ${what}`),
    ...again.flat(),
    ...later.map((what) => `${label}, and again: ${what}`),
    ...[...grants, ...pins, ...cgroups].map((what) => `left after retire: ${what}`),
  ];
}

describe.skipIf(!canRun)('kill -9 before any call of a port', () => {
  const sandbox = useSandbox({
    name: 'faults',
    gpus: 'h100x8',
    config: configWith({}, `leases:\n  reserve_ttl_s: ${ttlMs / 1000}\n`),
  });

  test.each(cases)(
    'of $name: the next command puts everything in order',
    async (given) => {
      const [first = ''] = users;
      for (const words of given.before) succeeded(await run(sandbox(), first, words));
      const calls = await callsOf(sandbox(), [...given.words, '--user', first]);
      await retireAll(sandbox(), [first]);
      const wrong: string[] = [];
      for (const batch of batchesOf(pointsOf(calls), users.length)) {
        const assigned = batch.map((at, index) => ({ at, user: users[index] ?? first }));
        wrong.push(...(await killAt(sandbox(), given, assigned)));
      }
      expect(wrong).toEqual([]);
    },
    long ? 3_600_000 : 300_000,
  );
});
