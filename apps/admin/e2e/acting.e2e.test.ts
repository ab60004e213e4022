import {
  adminContainersSchema,
  adminLeasesSchema,
  containerOutputSchema,
  routes,
} from '@ds01/contracts';
import { overviewSchema } from '@ds01/contracts/lifecycle';
import { configWith, failureOf, people, succeeded } from '@ds01/e2e';
import { describe, expect, test } from 'vitest';
import { canRun, useDaemon, withAdministrators } from './harness/use-sandbox.ts';
import { openScreen, type FullScreen } from './harness/screen.ts';

const site = {
  name: 'acting',
  gpus: 'a100x4-mig',
  config: withAdministrators(configWith(), { admin_users: ['bob'] }),
  accounts: people,
};

describe.skipIf(!canRun)('administrators act on everybody’s things', () => {
  const sandbox = useDaemon(site, async (made) => {
    const words = ['container', 'deploy', 'thesis', '--image', 'ds01/busybox', '--background'];
    for (const user of ['alice', 'dave']) succeeded(await made.ds01(words, { user }));
    await made.docker('run', '--detach', '--name', 'behind', 'ds01/busybox', 'sleep', '1000');
  });
  const admin = (line: string) => sandbox().ds01(line.split(' '), { app: 'admin', user: 'bob' });
  const stateOf = async (dockerName: string) => {
    const listed = succeeded(await admin('containers --all --json')).json(adminContainersSchema);
    return listed.containers.find((container) => container.dockerName === dockerName);
  };

  test('a dry run of a stop says so, and the container runs on', async () => {
    const planned = succeeded(await admin('container stop alice/thesis --dry-run'));
    expect(planned.stdout).toBe('alice/thesis: running (it would be stopped)\n');
    expect(await stateOf('thesis._.alice')).toMatchObject({ state: 'running' });
  });

  test('a stopped container’s lease is released before its hold ends', async () => {
    const stopped = await admin('container stop alice/thesis --force --json --reason noise');
    expect(succeeded(stopped).json(containerOutputSchema).container.state).toBe('stopped');
    const leases = async () =>
      succeeded(await admin('leases --json')).json(adminLeasesSchema).leases;
    const held = (await leases()).find(({ user }) => user === 'alice');
    expect(held?.state).toBe('held');
    const released = succeeded(await admin(`lease release ${held?.id ?? ''}`));
    expect(released.stdout).toMatch(/ of alice went back to everybody\n$/);
    expect((await leases()).map(({ user }) => user)).toEqual(['dave']);
  });

  test('a container made with Docker gets an owner, who then sees it', async () => {
    const list = async () =>
      succeeded(await sandbox().ds01(['container', 'list', '--json'], { user: 'dave' })).stdout;
    expect(await list()).not.toContain('behind');
    const adopted = succeeded(await admin('container adopt behind dave'));
    expect(adopted.stdout).toBe('behind: running (it counts for dave now)\n');
    expect(await list()).toContain('behind');
    expect(await stateOf('behind')).toMatchObject({ user: 'dave', ownerBy: 'administrator' });
  });

  test('nobody stops everybody without being asked', async () => {
    expect(failureOf(await admin('emergency-stop all --json'))).toMatchObject({
      exitCode: 2,
      code: 'usage.invalid',
      hint: 'ds01-admin emergency-stop all --yes',
    });
    const done = succeeded(await admin('emergency-stop dave --force --yes --json'));
    expect(done.json(routes['admin.emergency-stop'].output).containers).toMatchObject([
      { dockerName: 'behind', done: true },
      { dockerName: 'thesis._.dave', done: true },
    ]);
    expect(await stateOf('thesis._.dave')).toMatchObject({ state: 'stopped' });
  });

  test('who leaves has nothing here afterwards, and what stays is told', async () => {
    const schema = routes['admin.users.offboard'].output;
    const gone = succeeded(await admin('user offboard dave --yes --json')).json(schema);
    expect(gone.containers.map(({ dockerName, done }) => [dockerName, done])).toEqual([
      ['behind', true],
      ['thesis._.dave', true],
    ]);
    expect(gone.stays.some((what) => what.endsWith('/dave/workspace'))).toBe(true);
    expect(await stateOf('thesis._.dave')).toBeUndefined();
    expect(await stateOf('thesis._.alice')).toBeDefined();
  });

  test('the rules are paused and act again', async () => {
    const paused = succeeded(await admin('lifecycle pause --until +2h --reason move'));
    expect(paused.stdout).not.toBe('');
    expect(succeeded(await admin('lifecycle status')).stdout).toContain('they are paused until');
    succeeded(await admin('lifecycle pause --off'));
    expect(succeeded(await admin('lifecycle status')).stdout).not.toContain('paused');
    succeeded(await admin('lifecycle plan --at +2h'));
    succeeded(await admin('lifecycle run --dry-run'));
    expect(succeeded(await admin('extensions')).stdout).toBe('nobody asks for more runtime\n');
  });

  describe('the dashboard', () => {
    test('is one frame, or one document, where nobody sits', async () => {
      const { stdout } = succeeded(await admin('dashboard'));
      expect(stdout).toMatch(/^DS01 {2}\d\d:\d\d:\d\d {2}GPUs /);
      expect(stdout).toMatch(/^GPU 0 {2}A100/m);
      const { containers } = succeeded(await admin('dashboard --json')).json(overviewSchema);
      expect(containers.map(({ dockerName }) => dockerName)).toContain('thesis._.alice');
      expect(succeeded(await admin('top --json')).stdout).toContain('"containers"');
    });

    test('lives at a terminal, waits for a daemon that is gone, and gives the terminal back', async () => {
      const screen = openScreen(sandbox(), { user: 'bob', words: ['dashboard'] });
      await screen.shows('GPU 0');
      screen.type('2');
      await screen.shows('alice/thesis');
      screen.type('\r');
      await screen.shows('in Docker');
      await sandbox().daemon.stop();
      await screen.shows('reconnecting');
      await sandbox().daemon.start();
      screen.type('q1');
      await screen.shows('free');
      screen.type('q');
      const { code, rest } = await screen.ended();
      expect(code).toBe(0);
      expect(rest).toContain('\u001B[?25h\u001B[?1049l');
    });

    test.each([
      ['Ctrl-C', (screen: FullScreen) => screen.type('\u0003')],
      ['SIGTERM', (screen: FullScreen) => screen.signal('SIGTERM')],
      ['SIGHUP', (screen: FullScreen) => screen.signal('SIGHUP')],
    ])('gives the terminal back at %s', async (_, end) => {
      const screen = openScreen(sandbox(), { user: 'bob', words: ['dashboard'] });
      await screen.shows('GPU 0');
      end(screen);
      expect((await screen.ended()).rest).toContain('\u001B[?1049l');
    });
  });
});
