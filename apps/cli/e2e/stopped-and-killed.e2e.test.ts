import { setTimeout as delay } from 'node:timers/promises';
import {
  type RunningCommand,
  type Sandbox,
  allContainers,
  doubledDevices,
  retireAll,
  configWith,
  succeeded,
  createRandom,
  type Random,
} from '@ds01/e2e';
import { describe, expect, test } from 'vitest';
import { expectAgreement } from './harness/agreement.ts';
import { canRun, useSandbox } from './harness/use-sandbox.ts';

const users = ['alice', 'bob', 'carol', 'dave'] as const;
const names = ['one', 'two'] as const;
const reserveTtlMs = 1000;
const rounds = process.env['DS01_TEST_LONG'] === '1' ? 200 : 4;
/** The same faults in every run; another seed is another test. */
const seed = Number(process.env['DS01_TEST_SEED'] ?? 20_261_122);

/** What happens to a process: when, and for how long it is stopped, or that it is killed. */
interface Fault {
  readonly afterMs: number;
  readonly stopMs: number | 'killed';
}

function faultsFor(random: Random): readonly Fault[] {
  const count = random.below(3);
  return Array.from({ length: count }, () => ({
    afterMs: random.below(1500),
    stopMs: random.below(4) === 0 ? 'killed' : random.below(2 * reserveTtlMs),
  }));
}

function wordsFor(random: Random): readonly string[] {
  const name = random.pick(names);
  const gpu = random.pick<readonly string[]>([
    [],
    ['--gpus', '1'],
    ['--mig', '1g.5gb'],
    ['--cpu-only'],
  ]);
  const make = (verb: string) => ['container', verb, name, '--image', 'ds01/busybox', ...gpu];
  return random.pick([
    make('deploy'),
    make('deploy'),
    make('deploy'),
    make('create'),
    ['container', 'stop', name],
    ['container', 'start', name],
    ['container', 'retire', name, '--yes'],
  ]);
}

/** Stopping and killing at chosen times is the fault itself; nothing waits for it to be over. */
async function torment(command: RunningCommand, faults: readonly Fault[]): Promise<void> {
  for (const { afterMs, stopMs } of faults) {
    await delay(afterMs);
    if (stopMs === 'killed') command.child.kill('SIGKILL');
    else {
      command.child.kill('SIGSTOP');
      await delay(stopMs);
      command.child.kill('SIGCONT');
    }
  }
}

async function runRound(sandbox: Sandbox, random: Random): Promise<readonly (number | null)[]> {
  const plans = Array.from({ length: 12 }, () => ({
    user: random.pick(users),
    words: wordsFor(random),
    faults: faultsFor(random),
  }));
  return await Promise.all(
    plans.map(async ({ user, words, faults }) => {
      const command = sandbox.startDs01([...words, '--json'], { user, timeoutMs: 100_000 });
      await torment(command, faults);
      return (await command.done).code;
    }),
  );
}

/** Runs an ordinary command until the reservations of killed ones have run out. */
async function settle(sandbox: Sandbox): Promise<void> {
  await expect
    .poll(
      async () => {
        succeeded(await sandbox.ds01(['container', 'list', '--all-users', '--json']));
        return sandbox.leases().filter(({ state }) => state === 'reserved');
      },
      { timeout: 20_000, interval: 200 },
    )
    .toEqual([]);
}

describe.skipIf(!canRun)('commands that are stopped and killed at any moment', () => {
  const sandbox = useSandbox({
    name: 'torment',
    gpus: 'a100x4-mig',
    config: configWith({}, `leases:\n  reserve_ttl_s: ${String(reserveTtlMs / 1000)}\n`),
  });

  test(
    `never put a GPU into two containers, in ${String(rounds)} rounds of 12`,
    async () => {
      const random = createRandom(seed);
      const codes = new Map<number | null, number>();
      for (let round = 0; round < rounds; round += 1) {
        for (const code of await runRound(sandbox(), random)) {
          codes.set(code, (codes.get(code) ?? 0) + 1);
        }
        expect({ round, doubled: doubledDevices(await allContainers(sandbox())) }).toEqual({
          round,
          doubled: [],
        });
        await settle(sandbox());
        await expectAgreement(sandbox());
        if (round % 3 === 2) await retireAll(sandbox(), users);
        if (round % 3 === 2) {
          const text = JSON.stringify(Object.fromEntries(codes));
          process.stderr.write(`${String(round + 1)} rounds, exit codes ${text}\n`);
        }
      }
      await retireAll(sandbox(), users);
      await settle(sandbox());
      expect(await allContainers(sandbox())).toEqual([]);
      expect(sandbox().leases()).toEqual([]);
      expect(sandbox().resources()).toEqual({ grants: [], pins: [], cgroups: [] });
    },
    rounds * 60_000,
  );
});
