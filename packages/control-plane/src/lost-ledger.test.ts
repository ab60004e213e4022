import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDs01Error } from '@ds01/contracts';
import { describe, expect, test } from 'vitest';
import { deployed, listAll, runIn } from './testing/commands.ts';
import { brokenInvariants, brokenSafety } from './testing/invariants.ts';
import { carol } from './testing/people.ts';
import { describeEnding, isAt, someOf, wrongAt } from './testing/points.ts';
import { scenarios, worldOf, type Scenario } from './testing/scenarios.ts';
import { ttlMs, type World } from './testing/world.ts';

type Loss = (directory: string) => void;

const ledgerOf = (directory: string): string => join(directory, 'ds01.db');

/** The ways in which a database gets lost under a running process. */
const losses: Readonly<Record<string, Loss>> = {
  'deleted with its log': (directory) => {
    for (const name of readdirSync(directory)) {
      if (name.startsWith('ds01.db')) rmSync(join(directory, name));
    }
  },
  deleted: (directory) => rmSync(ledgerOf(directory), { force: true }),
  'truncated to nothing': (directory) => truncateSync(ledgerOf(directory), 0),
  'cut in half': (directory) => {
    const path = ledgerOf(directory);
    truncateSync(path, Math.floor(statSync(path).size / 2));
  },
  'replaced by garbage': (directory) => {
    const path = ledgerOf(directory);
    writeFileSync(`${path}.other`, 'no database at all\n'.repeat(400));
    renameSync(`${path}.other`, path);
  },
  'replaced by an old copy': (directory) => {
    const path = ledgerOf(directory);
    copyFileSync(`${path}.old`, `${path}.other`);
    rmSync(`${path}-wal`, { force: true });
    renameSync(`${path}.other`, path);
  },
};

/** A world whose ledger is a file, with a copy of it from before the scenario's own containers. */
async function onDisk(scenario: Scenario): Promise<{ world: World; directory: string }> {
  const directory = mkdtempSync(join(tmpdir(), 'ds01-lost-'));
  const withCopy: Scenario = {
    ...scenario,
    prepare: async (world) => {
      // Somebody who has stopped holds a GPU in the copy, and nobody in truth.
      await deployed(world, 'old', { caller: carol });
      world.store.transaction(({ meta }) => meta.set('checkpoint', 'now'));
      world.close();
      copyFileSync(ledgerOf(directory), `${ledgerOf(directory)}.old`);
      const { containers } = await listAll(world);
      const old = containers.find(({ name }) => name === 'old');
      if (old !== undefined) await world.engine.removeContainer(old.id, { force: true });
      await listAll(world);
      await scenario.prepare(world);
    },
  };
  return { world: await worldOf(withCopy, { stateDirectory: directory }), directory };
}

const everyLoss = Object.entries(losses);
const long = process.env['DS01_TEST_LONG'] === '1';

describe.each(scenarios)('$name, when the ledger is lost', (scenario) => {
  test('no GPU is given twice, and the next command rebuilds the truth', async () => {
    const points = await someOf(scenario, 1);
    const wrong = await wrongAt(
      points.filter(({ phase }) => phase === 'before'),
      async (point) => {
        const found: string[] = [];
        for (const [number, [name, lose]] of everyLoss.entries()) {
          if (!long && number !== point.index % everyLoss.length) continue;
          const { world, directory } = await onDisk(scenario);
          try {
            const process = world.process((call) => {
              if (isAt(point, call)) lose(directory);
              return undefined;
            });
            const ending = await runIn(process, scenario.command);
            const isOurs = ending.end !== 'failed' || isDs01Error(ending.error);
            const broken = [
              ...(isOurs ? [] : [`failed with ${describeEnding(ending)}`]),
              ...(await brokenSafety(world)),
            ];
            world.clock.advance(ttlMs + 1);
            await listAll(world);
            broken.push(...(await brokenInvariants(world)));
            found.push(...broken.map((what) => `${name}: ${what}`));
          } finally {
            world.close();
            rmSync(directory, { recursive: true });
          }
        }
        return found;
      },
    );
    expect(wrong).toEqual([]);
  });
});
