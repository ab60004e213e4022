import { expect, test } from 'vitest';
import { rememberFirewall } from './remembered-firewall.ts';

function counting(notices: readonly string[]) {
  let asked = 0;
  const firewall = {
    ensure: async () => {
      asked += 1;
      return { notices };
    },
    inForce: async () => true,
  };
  return { firewall, asked: () => asked };
}

test('rules in force are believed for ten seconds, then looked at again', async () => {
  const { firewall, asked } = counting([]);
  let nowMs = 1_000_000;
  const remembered = rememberFirewall(firewall, { nowMs: () => nowMs });
  await remembered.ensure();
  nowMs += 9999;
  expect(await remembered.ensure()).toEqual({ notices: [] });
  expect(asked()).toBe(1);
  nowMs += 1;
  await remembered.ensure();
  expect(asked()).toBe(2);
  nowMs -= 3_600_000;
  await remembered.ensure();
  expect(asked()).toBe(3);
});

test('what could not be enforced is tried and said every time', async () => {
  const { firewall, asked } = counting(['No packet filter']);
  const remembered = rememberFirewall(firewall, { nowMs: () => 5 });
  await remembered.ensure();
  expect(await remembered.ensure()).toEqual({ notices: ['No packet filter'] });
  expect(asked()).toBe(2);
});

test('rules that were found missing are put back at once', async () => {
  const { firewall, asked } = counting([]);
  const missing = { ...firewall, inForce: async () => false };
  const remembered = rememberFirewall(missing, { nowMs: () => 5 });
  await remembered.ensure();
  expect(await remembered.inForce()).toBe(false);
  await remembered.ensure();
  expect(asked()).toBe(2);
});
