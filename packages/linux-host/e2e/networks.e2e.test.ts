import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  hostAddresses,
  type NetworkLab,
  outsideAddresses,
  startNetworkLab,
} from './harness/network-lab.ts';

const canRun = process.getuid?.() === 0 || process.env['CI'] === 'true';
if (!canRun) process.stderr.write('skipped: starting a Docker engine needs root\n');

const gateway = '10.201.0.1';

describe.skipIf(!canRun)("users' networks and the host", () => {
  let lab: NetworkLab;
  const addresses = { thesis: '', second: '', bob: '', plain: '', other: '' };

  beforeAll(async () => {
    lab = await startNetworkLab(`networks-${String(process.pid)}`);
    const alice = ['--network', 'ds01-alice', '--dns', outsideAddresses.plain];
    const bob = ['--network', 'ds01-bob', '-p', '0.0.0.0:8088:80'];
    addresses.thesis = await lab.serve('thesis', ...alice, '--network-alias', 'first');
    addresses.second = await lab.serve('second', ...alice, '--network-alias', 'model');
    addresses.bob = await lab.serve('bob', ...bob);
    addresses.plain = await lab.serve('plain');
    addresses.other = await lab.serve('other');
  });
  afterAll(async () => {
    await lab?.stop();
  });

  /** What `thesis` gets from everywhere that it must not reach. */
  const forbidden = async (): Promise<Readonly<Record<string, string | null>>> => ({
    hostOnGateway: await lab.fetch('thesis', `http://${gateway}:7777/`),
    hostOnOtherBridge: await lab.fetch('thesis', 'http://172.17.0.1:7777/'),
    hostOnUplink: await lab.fetch('thesis', `http://${hostAddresses.uplink}:7777/`),
    hostOnOwnAddress: await lab.fetch('thesis', `http://${hostAddresses.own}:7777/`),
    bobsPortOnGateway: await lab.fetch('thesis', `http://${gateway}:8088/`),
    bobsPortOnUplink: await lab.fetch('thesis', `http://${hostAddresses.uplink}:8088/`),
    metadata: await lab.fetch('thesis', `http://${outsideAddresses.metadata}/`),
  });
  /** What `thesis` must get. */
  const allowed = async (): Promise<Readonly<Record<string, string | null>>> => ({
    ownByAlias: await lab.fetch('thesis', 'http://model/'),
    ownByName: await lab.fetch('second', 'http://thesis/'),
    ownByAddress: await lab.fetch('thesis', `http://${addresses.second}/`),
    outsideByAddress: await lab.fetch('thesis', `http://${outsideAddresses.plain}/`),
    outsideByName: await lab.fetch('thesis', 'http://somewhere.example/'),
  });
  const everythingAllowed = {
    ownByAlias: 'second',
    ownByName: 'thesis',
    ownByAddress: 'second',
    outsideByAddress: 'outside',
    outsideByName: 'outside',
  };
  const nothing = {
    hostOnGateway: null,
    hostOnOtherBridge: null,
    hostOnUplink: null,
    hostOnOwnAddress: null,
    bobsPortOnGateway: null,
    bobsPortOnUplink: null,
    metadata: null,
  };

  test('without the wall the host, its metadata address and published ports are open', async () => {
    expect(await allowed()).toEqual(everythingAllowed);
    expect(await forbidden()).toEqual({
      hostOnGateway: 'host',
      hostOnOtherBridge: 'host',
      hostOnUplink: 'host',
      hostOnOwnAddress: 'host',
      bobsPortOnGateway: 'bob',
      bobsPortOnUplink: 'bob',
      metadata: 'outside',
    });
  });

  test('on the shared default bridge containers reach each other, on users’ bridges they do not', async () => {
    expect(await lab.fetch('plain', `http://${addresses.other}/`)).toBe('other');
    expect(await lab.fetch('thesis', `http://${addresses.bob}/`)).toBeNull();
    expect(await lab.fetch('bob', `http://${addresses.thesis}/`)).toBeNull();
    expect(await lab.fetch('bob', 'http://thesis/')).toBeNull();
  });

  test('with the wall nothing of that is reached, and what must work does', async () => {
    expect(await lab.enforce()).toEqual({ before: false, notices: [], after: true });
    expect(await forbidden()).toEqual(nothing);
    expect(await allowed()).toEqual(everythingAllowed);
    expect(await lab.fetch('thesis', `http://${addresses.bob}/`)).toBeNull();
  });

  test('a second time changes nothing', async () => {
    const before = await lab.run('iptables', '-S');
    expect(await lab.enforce()).toEqual({ before: true, notices: [], after: true });
    expect(await lab.run('iptables', '-S')).toEqual(before);
  });

  test('the host, other bridges and the outside are served as before', async () => {
    const read = `process.stdout.write(await (await fetch('http://${addresses.bob}/')).text())`;
    const fromHost = await lab.run(process.execPath, '--input-type=module', '-e', read);
    expect(fromHost.stdout.trim()).toBe('bob');
    expect(await lab.fetch('plain', 'http://172.17.0.1:7777/')).toBe('host');
    expect(await lab.fetch('plain', 'http://172.17.0.1:8088/')).toBe('bob');
  });

  test("users' bridges stay apart without Docker's own isolation, and each works within itself", async () => {
    await lab.run('iptables', '-I', 'DOCKER-ISOLATION-STAGE-1', '1', '-j', 'RETURN');
    await lab.run('iptables', '-I', 'FORWARD', '2', '-j', 'ACCEPT');
    expect(await lab.fetch('thesis', `http://${addresses.bob}/`)).toBeNull();
    expect(await lab.fetch('thesis', 'http://model/')).toBe('second');
    await lab.run('iptables', '-D', 'DOCKER-USER', '-i', 'ds01-+', '-j', 'DS01-FORWARD');
    expect(await lab.fetch('thesis', `http://${addresses.bob}/`)).toBe('bob');
    expect((await lab.enforce()).after).toBe(true);
    expect(await lab.fetch('thesis', `http://${addresses.bob}/`)).toBeNull();
    await lab.run('iptables', '-D', 'FORWARD', '-j', 'ACCEPT');
    await lab.run('iptables', '-D', 'DOCKER-ISOLATION-STAGE-1', '-j', 'RETURN');
  });

  test('putting the rules back in front never opens a gap', async () => {
    const probe = `n=0; for i in $(seq 400); do nc -w 3 ${gateway} 7777 </dev/null >/dev/null 2>&1 && n=$((n+1)); done; echo $n`;
    const [reached, enforced] = await Promise.all([
      lab.docker('exec', 'thesis', 'sh', '-c', probe),
      lab.enforce(30),
    ]);
    expect(enforced.after).toBe(true);
    expect(reached).toBe('0');
    for (const chain of ['INPUT', 'DOCKER-USER']) {
      const listing = (await lab.run('iptables', '-S', chain)).stdout;
      expect(listing.match(/ -j DS01-/g)).toHaveLength(1);
      expect(listing).toContain('203.0.113.1');
    }
  });

  test('the wall outlives a restart of the engine', async () => {
    await lab.host.stopDaemon();
    await lab.host.startDaemon();
    for (const name of ['thesis', 'second', 'bob']) await lab.docker('start', name);
    expect(await forbidden()).toEqual(nothing);
    expect(await allowed()).toEqual(everythingAllowed);
    expect((await lab.enforce()).after).toBe(true);
  });
});
