import type { NetworkSpec } from '@ds01/ports';
import { afterEach, describe, expect, test } from 'vitest';
import { codeOf, type ContractFixture, untilEnded } from './fixture.ts';

const first: NetworkSpec = {
  name: 'contract-net',
  bridge: 'ds01-c0ffee00',
  subnet: '10.211.0.0/27',
  labels: { 'ds01.network': 'alice' },
};
const other: NetworkSpec = {
  name: 'contract-other',
  bridge: 'ds01-c0ffee01',
  subnet: '10.211.0.32/27',
  labels: {},
};

/** Networks, published ports. */
export function describeNetworks(fixture: ContractFixture): void {
  describe('networks and ports', () => {
    const { create, start } = fixture;
    const onNetwork = { network: { mode: first.name, aliases: ['thesis'] } };
    const loopback = { containerPort: 80, protocol: 'tcp', hostAddress: '127.0.0.1' } as const;

    afterEach(async () => {
      await fixture.removeContainers();
      for (const { name } of [first, other]) await fixture.engine.removeNetwork(name);
    });

    test('a network is listed with what it was made of, beside those that were there', async () => {
      const id = await fixture.engine.createNetwork(first);
      const all = await fixture.engine.listNetworks();
      expect(all.find((network) => network.name === first.name)).toEqual({
        id,
        name: first.name,
        driver: 'bridge',
        subnets: [first.subnet],
        bridge: first.bridge,
        labels: first.labels,
      });
      expect(all.map((network) => network.name)).toEqual(
        expect.arrayContaining(['bridge', 'host', 'none']),
      );
      expect(all.find((network) => network.name === 'none')?.subnets).toEqual([]);
    });

    test('a name, a bridge or a subnet is taken only once', async () => {
      await fixture.engine.createNetwork(first);
      const again = (changes: Partial<NetworkSpec>) =>
        codeOf(fixture.engine.createNetwork({ ...other, ...changes }));
      expect(await again({ name: first.name })).toBe('engine.conflict');
      expect(await again({ bridge: first.bridge })).toBe('engine.conflict');
      expect(await again({ subnet: '10.211.0.16/28' })).toBe('engine.conflict');
      expect(await again({})).toBeNull();
    });

    test('a network is removed when nothing runs on it, and one that is gone without complaint', async () => {
      await fixture.engine.createNetwork(first);
      const id = await start(onNetwork);
      expect(await codeOf(fixture.engine.removeNetwork(first.name))).toBe('engine.conflict');
      await fixture.engine.removeContainer(id, { force: true });
      await fixture.engine.removeNetwork(first.name);
      await fixture.engine.removeNetwork(first.name);
      const names = (await fixture.engine.listNetworks()).map((network) => network.name);
      expect(names).not.toContain(first.name);
    });

    test('a container does not start on a network that is not there', async () => {
      const id = await create(onNetwork);
      expect(await codeOf(fixture.engine.startContainer(id))).toBe('network.not-found');
      expect((await fixture.engine.inspectContainer(id)).pid).toBeNull();
    });

    test('a stopped container starts again on a network that was made anew', async () => {
      await fixture.engine.createNetwork(first);
      const id = await start(onNetwork);
      await fixture.engine.killContainer(id, 'SIGKILL');
      await untilEnded(fixture.engine, id);
      await fixture.engine.removeNetwork(first.name);
      expect(await codeOf(fixture.engine.startContainer(id))).toBe('network.not-found');
      await fixture.engine.createNetwork(first);
      await fixture.engine.startContainer(id);
      expect(await fixture.engine.inspectContainer(id)).toMatchObject({
        state: 'running',
        networkMode: first.name,
      });
      const finder = await start({ ...onNetwork, dockerName: 'contract-finder' });
      expect(await fixture.engine.inspectContainer(finder)).toMatchObject({
        state: 'running',
      });
    });

    test('a stopped container is put on its network again, also once it was on none', async () => {
      const id = await create(onNetwork);
      const network = { mode: first.name, aliases: ['paper'] };
      const early = await codeOf(fixture.engine.rejoinNetwork(id, network));
      expect([null, 'network.not-found']).toContain(early);
      expect(await codeOf(fixture.engine.startContainer(id))).toBe('network.not-found');
      await fixture.engine.createNetwork(first);
      for (let time = 0; time < 2; time += 1) await fixture.engine.rejoinNetwork(id, network);
      await fixture.engine.startContainer(id);
      expect(await fixture.engine.inspectContainer(id)).toMatchObject({
        state: 'running',
        networkMode: first.name,
      });
    });

    test('ports are those that were asked for, and the actual ones while it runs', async () => {
      await fixture.engine.createNetwork(first);
      const picked = { ...loopback, hostPort: null };
      const fixed = { ...loopback, containerPort: 81, hostAddress: '127.0.0.2', hostPort: 18081 };
      const datagrams = { ...loopback, protocol: 'udp', hostPort: 18082 } as const;
      const asked = new Set([picked, fixed, datagrams]);
      const id = await create({ ...onNetwork, ports: [...asked] });
      const before = await fixture.engine.inspectContainer(id);
      expect(before.networkMode).toBe(first.name);
      expect(new Set(before.ports)).toEqual(asked);
      await fixture.engine.startContainer(id);
      const { ports } = await fixture.engine.inspectContainer(id);
      const actual = ports.find(
        (port) => port.containerPort === 80 && port.protocol === 'tcp',
      )?.hostPort;
      expect(actual).toBeGreaterThan(1024);
      expect(new Set(ports)).toEqual(
        new Set([{ ...picked, hostPort: actual ?? 0 }, fixed, datagrams]),
      );
      await fixture.engine.killContainer(id, 'SIGKILL');
      await untilEnded(fixture.engine, id);
      expect(new Set((await fixture.engine.inspectContainer(id)).ports)).toEqual(asked);
    });

    test('a port is had by one container at a time', async () => {
      await fixture.engine.createNetwork(first);
      const ports = [{ ...loopback, hostPort: 18083 }];
      const holder = await start({ ...onNetwork, ports });
      const waiting = await create({ ...onNetwork, dockerName: 'contract-waiting', ports });
      expect(await codeOf(fixture.engine.startContainer(waiting))).toBe('port.taken');
      expect((await fixture.engine.inspectContainer(waiting)).pid).toBeNull();
      await fixture.engine.removeContainer(holder, { force: true });
      await fixture.engine.startContainer(waiting);
      expect((await fixture.engine.inspectContainer(waiting)).state).toBe('running');
    });
  });
}
