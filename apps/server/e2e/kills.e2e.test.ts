import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import {
  configWith,
  createRandom,
  failureOf,
  retireAll,
  succeeded,
  wrongThings,
  type CommandOutcome,
} from '@ds01/e2e';
import { describe, expect, test } from 'vitest';
import { leftOver } from './harness/left-over.ts';
import { until } from './harness/until.ts';
import { canRun, useDaemon } from './harness/use-sandbox.ts';

const users = ['alice', 'bob', 'carol'];
const names = ['one', 'two'];
const seed = Number(process.env['DS01_TEST_SEED'] ?? 20_261_122);
const forMs = process.env['DS01_TEST_LONG'] === '1' ? 600_000 : 18_000;
const ttlMs = 1000;

/** What a command does, and what is certain of the container when it succeeded. */
const verbs = {
  deploy: {
    words: (name: string) => [name, '--image', 'ds01/busybox', '--background'],
    leaves: true,
  },
  stop: { words: (name: string) => [name, '--force'], leaves: true },
  start: { words: (name: string) => [name], leaves: true },
  retire: { words: (name: string) => [name, '--force', '--yes'], leaves: false },
} as const;
const verbNames = ['deploy', 'stop', 'start', 'retire'] as const;

/** Exit codes of orderly ends: done, not found, conflict, capacity, daemon gone, busy, undone. */
const orderly = [0, 3, 4, 5, 6, 8, 130];

describe.skipIf(!canRun)(
  'kill -9 of the daemon while people deploy, stop, start and retire',
  () => {
    const sandbox = useDaemon({
      name: 'kills',
      gpus: 'h100x8',
      config: configWith({}, `leases:\n  reserve_ttl_s: ${ttlMs / 1000}\n`),
    });

    const auditSize = (): number =>
      statSync(join(sandbox().host.paths.stateDirectory, 'audit.jsonl'), { throwIfNoEntry: false })
        ?.size ?? 0;

    test(
      `for ${forMs / 1000} s: after each restart leases are containers, none doubled, none lost`,
      async () => {
        const random = createRandom(seed);
        const untilMs = Date.now() + forMs;
        const known = new Map<string, boolean>();
        const ends = new Map<string, number>();
        let rounds = 0;
        while (Date.now() < untilMs) {
          rounds += 1;
          const commands = users.map((user) => {
            const [likely, name] = [random.pick(verbNames), random.pick(names)];
            const verb = known.get(`${name}._.${user}`) === true ? likely : 'deploy';
            const words = ['container', verb, ...verbs[verb].words(name), '--json'];
            return { user, verb, name, words };
          });
          const before = auditSize();
          const running = commands.map(({ user, words }) => sandbox().ds01(words, { user }));
          await until('a command has come', () => auditSize() > before);
          // When the daemon dies is what is tried: from the first step to after all are done.
          await setTimeout(random.below(2000));
          await sandbox().daemon.kill();
          const outcomes = await Promise.all(running);
          for (const [index, outcome] of outcomes.entries()) {
            const command = commands[index];
            if (command === undefined) continue;
            const what = `${command.words.join(' ')} of ${command.user}, round ${rounds}, seed ${seed}`;
            const end = endOf(outcome);
            expect({ what, isOrderly: orderly.includes(outcome.code ?? -1), end }).toEqual({
              what,
              isOrderly: true,
              end,
            });
            ends.set(end, (ends.get(end) ?? 0) + 1);
            const key = `${command.name}._.${command.user}`;
            if (outcome.code === 0) known.set(key, verbs[command.verb].leaves);
            else if (outcome.code === 6) known.delete(key);
          }
          await sandbox().daemon.start();
          // Not a wait for something to happen: reservations of the dead daemon have to run out.
          await setTimeout(ttlMs);
          succeeded(await sandbox().ds01(['container', 'list', '--all', '--json']));
          expect({ rounds, wrong: await wrongThings(sandbox()) }).toEqual({ rounds, wrong: [] });
          const there = (await sandbox().engine.listContainers()).map(
            ({ dockerName }) => dockerName,
          );
          for (const [key, isThere] of known) {
            expect({ rounds, key, isThere: there.includes(key) }).toEqual({ rounds, key, isThere });
          }
        }
        const counts = [...ends].map(([end, count]) => `${end} ${count}`).join(', ');
        console.info(`${rounds} kills of the daemon, seed ${seed}; commands ended: ${counts}`);
        expect(ends.get('ok') ?? 0).toBeGreaterThan(0);
        expect(ends.get('daemon.unreachable') ?? 0).toBeGreaterThan(0);
        await retireAll(sandbox(), users);
        expect(await leftOver(sandbox())).toEqual([]);
      },
      forMs * 2 + 60_000,
    );
  },
);

function endOf(outcome: CommandOutcome): string {
  return outcome.code === 0 ? 'ok' : failureOf(outcome).code;
}
