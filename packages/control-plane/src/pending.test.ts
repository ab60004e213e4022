import { expect, test } from 'vitest';
import { pendingContainers, putPending, removePending, renewPending } from './pending.ts';
import { alice } from './testing/people.ts';
import { createWorld } from './testing/world.ts';

const dockerName = 'thesis._.alice';
const user = alice.owner.name;

test('a command that was stopped for too long does not take its name back', () => {
  const world = createWorld();
  const pending = world.store.transaction((transaction) => {
    putPending(transaction, dockerName, { user, token: 1, expiresAtMs: 100 });
    // It ran out, and another command took the name.
    putPending(transaction, dockerName, { user, token: 2, expiresAtMs: 300 });
    expect(renewPending(transaction, dockerName, { token: 1, expiresAtMs: 400 })).toBe(false);
    expect(removePending(transaction, dockerName, 1)).toBe(false);
    return pendingContainers(transaction, 200).get(dockerName);
  });
  expect(pending).toEqual({ user, token: 2, expiresAtMs: 300 });
  world.close();
});

test('the command whose note it is keeps it for longer', () => {
  const world = createWorld();
  const pending = world.store.transaction((transaction) => {
    putPending(transaction, dockerName, { user, token: 1, expiresAtMs: 100 });
    expect(renewPending(transaction, dockerName, { token: 1, expiresAtMs: 400 })).toBe(true);
    return pendingContainers(transaction, 200).get(dockerName);
  });
  expect(pending).toEqual({ user, token: 1, expiresAtMs: 400 });
  world.close();
});
