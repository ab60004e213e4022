import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadPolicyAndTell } from './policy-watch.ts';
import { listAll } from './testing/commands.ts';
import { createWorld, roomyLimits, type World } from './testing/world.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ds01-policy-watch-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const query = { sinceMs: null, untilMs: null, of: null, containers: null, beforeId: null };
const toldIn = (world: World): readonly string[] =>
  world.store
    .transaction(({ events }) => events.list({ ...query, typePrefix: 'policy.', limit: 100 }))
    .map(({ event }) => JSON.stringify([event.type, event.details]));
const found = (problem: string, lastGoodInForce: boolean): string =>
  JSON.stringify(['policy.problem-found', { problem, lastGoodInForce }]);
const mended = JSON.stringify(['policy.problem-mended', {}]);
const typo =
  'groups/student.members:1:1: error: "two words" is no account name. Allowed: one name a line: an account name, without spaces, quotes, commas, slashes or colons.';

test('an error of the files is an event once, whoever looks, and over once it is mended', async () => {
  const world = createWorld();
  await listAll(world);
  world.config.set('groups/student.members', 'two words\n');
  await listAll(world);
  await listAll(world);
  expect(loadPolicyAndTell(world.deps()).stale).toBe(true);
  expect(toldIn(world)).toEqual([found(typo, true)]);
  world.config.set('groups/student.members', null);
  await listAll(world);
  await listAll(world);
  expect(toldIn(world)).toEqual([found(typo, true), mended]);
  world.close();
});

test('it is told once across restarts, and the last good limits stay in force', async () => {
  const world = createWorld({ stateDirectory: folder });
  await listAll(world);
  world.setLimits(`${roomyLimits}  staff: 7\n`);
  await listAll(world);
  const before = toldIn(world);
  const again = world.process();
  expect(loadPolicyAndTell(again.deps)).toMatchObject({ stale: true });
  expect(toldIn(world)).toEqual(before);
  expect(before).toHaveLength(1);
  world.close();
});

test('files that never were good are told, too, and nothing is in force', () => {
  const world = createWorld({ limits: 'groups: 7\n' });
  expect(() => loadPolicyAndTell(world.deps())).toThrow(/errors?/);
  expect(toldIn(world)).toHaveLength(1);
  expect(toldIn(world)[0]).toContain('"lastGoodInForce":false');
  world.close();
});
