import { ds01Error, slugSchema } from '@ds01/contracts';
import { createInMemoryEngine } from '@ds01/docker-engine';
import type { Firewall, Logger } from '@ds01/ports';
import { describe, expect, test } from 'vitest';
import { bridgeNameOf } from './plan-network.ts';
import { ensureUserNetwork, forgetUserNetwork, removeUnusedNetworks } from './user-network.ts';

const alice = slugSchema.parse('alice');
const bob = slugSchema.parse('bob');
const site = { pool: '10.201.0.0/24', prefix: 27 } as const;
const logger: Logger = { debug: () => {}, warn: () => {}, error: () => {} };

function open(notices: readonly string[] = []) {
  const engine = createInMemoryEngine({
    clock: { nowMs: () => 1_700_000_000_000, sleep: () => Promise.resolve() },
    cpus: 2,
    memoryBytes: 2 ** 31,
    images: [{ tags: ['base:1'] }],
  });
  let ensured = 0;
  const firewall: Firewall = {
    ensure() {
      ensured += 1;
      return Promise.resolve({ notices });
    },
    inForce: () => Promise.resolve(true),
  };
  return { engine, firewall, logger, ensured: () => ensured };
}

describe("a user's network", () => {
  test('is made once, labelled, with the firewall in force each time', async () => {
    const deps = open(['no ip6tables']);
    const expected = { name: 'ds01-alice', notices: ['no ip6tables'] };
    expect(await ensureUserNetwork(deps, { slug: alice, ...site })).toEqual(expected);
    const calls = [...deps.engine.calls];
    expect(await ensureUserNetwork(deps, { slug: alice, ...site })).toEqual(expected);
    expect([...deps.engine.calls]).toEqual(calls);
    expect(deps.ensured()).toBe(2);
    expect(await deps.engine.listNetworks()).toContainEqual(
      expect.objectContaining({
        name: 'ds01-alice',
        bridge: bridgeNameOf(alice),
        subnets: ['10.201.0.0/27'],
        labels: { 'ds01.network': 'alice' },
      }),
    );
  });

  test('is made once when many ask at once, and users never share a subnet', async () => {
    const deps = open();
    const slugs = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => slugSchema.parse(name));
    await Promise.all(
      [...slugs, ...slugs].map((slug) => ensureUserNetwork(deps, { slug, ...site })),
    );
    expect(deps.engine.calls.get('createNetwork')).toBe(slugs.length);
    const subnets = (await deps.engine.listNetworks()).flatMap((network) => network.subnets);
    expect(new Set(subnets).size).toBe(subnets.length);
  });

  test('that another process makes at the same moment is taken as it is', async () => {
    const deps = open();
    const other = { ...deps, engine: { ...deps.engine } };
    deps.engine.setCallHook(async ({ name, phase }) => {
      if (name !== 'createNetwork' || phase !== 'before') return;
      deps.engine.setCallHook(null);
      await ensureUserNetwork(other, { slug: bob, ...site });
      await ensureUserNetwork(other, { slug: alice, ...site });
    });
    await ensureUserNetwork(deps, { slug: alice, ...site });
    const names = (await deps.engine.listNetworks()).map((network) => network.name);
    expect(names.filter((name) => name.startsWith('ds01-'))).toEqual(['ds01-bob', 'ds01-alice']);
  });

  test('takes the next subnet when the engine refuses one that nobody lists', async () => {
    const deps = open();
    deps.engine.setCallHook(({ name, phase, args }) => {
      if (name !== 'createNetwork' || phase !== 'before') return;
      if (!JSON.stringify(args).includes('10.201.0.0/27')) return;
      throw ds01Error('engine.conflict', { message: 'Pool overlaps with other one' });
    });
    await ensureUserNetwork(deps, { slug: alice, ...site });
    const made = (await deps.engine.listNetworks()).find((one) => one.name === 'ds01-alice');
    expect(made?.subnets).toEqual(['10.201.0.32/27']);
  });

  test.each([
    ['the name with another label', { labels: { 'ds01.network': 'bob' } }],
    ['the name without a label', { labels: {} }],
    ['the name with another bridge', { bridge: 'br-x' }],
    ['the bridge with another name', { name: 'ds01-mallory' }],
  ])('is not taken from others: %s', async (_what, changes) => {
    const deps = open();
    await deps.engine.createNetwork({
      name: 'ds01-alice',
      bridge: bridgeNameOf(alice),
      subnet: '10.99.0.0/24',
      labels: { 'ds01.network': 'alice' },
      ...changes,
    });
    await expect(ensureUserNetwork(deps, { slug: alice, ...site })).rejects.toMatchObject({
      code: 'engine.conflict',
      hint: expect.stringMatching(/^docker network rm /),
    });
    await ensureUserNetwork(deps, { slug: bob, ...site });
  });

  test('that is gone is made again once it was forgotten', async () => {
    const deps = open();
    await ensureUserNetwork(deps, { slug: alice, ...site });
    await deps.engine.removeNetwork('ds01-alice');
    forgetUserNetwork(deps, alice);
    await ensureUserNetwork(deps, { slug: alice, ...site });
    expect(deps.engine.calls.get('createNetwork')).toBe(2);
  });

  test('stays for somebody who began while others were looked at', async () => {
    const deps = open();
    for (const slug of [alice, bob]) await ensureUserNetwork(deps, { slug, ...site });
    const keep = new Set<typeof alice>();
    deps.engine.setCallHook(async ({ name, phase, args }) => {
      if (name !== 'removeNetwork' || phase !== 'before' || args[0] !== 'ds01-alice') return;
      keep.add(bob);
      await ensureUserNetwork(deps, { slug: bob, ...site });
    });
    await removeUnusedNetworks(deps, () => keep);
    const names = (await deps.engine.listNetworks()).map((network) => network.name);
    expect(names).toContain('ds01-bob');
    expect(names).not.toContain('ds01-alice');
  });

  test('goes away when nobody needs it; kept, used and foreign ones stay', async () => {
    const deps = open();
    const carol = slugSchema.parse('carol');
    for (const slug of [alice, bob, carol]) await ensureUserNetwork(deps, { slug, ...site });
    await deps.engine.createNetwork({
      name: 'ds01-foreign',
      bridge: 'br-foreign',
      subnet: '10.99.0.0/24',
      labels: {},
    });
    deps.engine.setCallHook(({ name, phase, args }) => {
      if (name !== 'removeNetwork' || phase !== 'before' || args[0] !== 'ds01-bob') return;
      throw ds01Error('engine.conflict', { message: 'has active endpoints' });
    });
    await removeUnusedNetworks(deps, () => new Set([carol]));
    const names = (await deps.engine.listNetworks()).map((network) => network.name);
    expect(names.slice(3)).toEqual(['ds01-bob', 'ds01-carol', 'ds01-foreign']);
    await ensureUserNetwork(deps, { slug: alice, ...site });
    expect((await deps.engine.listNetworks()).map((network) => network.name)).toContain(
      'ds01-alice',
    );
  });
});
