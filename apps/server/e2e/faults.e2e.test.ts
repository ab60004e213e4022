import { existsSync, readFileSync } from 'node:fs';
import { configWith, failureOf, retireAll, succeeded, wrongThings } from '@ds01/e2e';
import { afterEach, describe, expect, test } from 'vitest';
import { auditText, logOf } from './harness/audit-log.ts';
import { requestOf, sendAs, sendLong } from './harness/callers.ts';
import { leftOver } from './harness/left-over.ts';
import { until } from './harness/until.ts';
import { canRun, useDaemon } from './harness/use-sandbox.ts';

const users = ['alice', 'bob', 'carol'];
const config = (limits = {}) => configWith(limits);
const deploy = (name: string): readonly string[] => [
  'container',
  'deploy',
  name,
  '--image',
  'ds01/busybox',
  '--background',
  '--json',
];
const list = ['container', 'list', '--all', '--json'];

describe.skipIf(!canRun)('a daemon under stress, stopped, killed and restarted', () => {
  const sandbox = useDaemon({ name: 'dfaults', gpus: 'h100x8', config: config() });
  const ready = async () => (await sendAs(sandbox(), 'alice', [requestOf('daemon.ready', {})]))[0];
  const dockerd = (): number =>
    Number(readFileSync(sandbox().host.paths.daemonPidFile, 'utf8').trim());

  const isRunning = (): boolean => {
    try {
      return sandbox().daemon.pid() > 0;
    } catch {
      return false;
    }
  };

  afterEach(async () => {
    if (!isRunning()) await sandbox().daemon.start();
    await retireAll(sandbox(), users);
    const left = await leftOver(sandbox());
    if (left.length > 0) throw new Error(`left over: ${left.join(', ')}`);
  });

  test('of 20 deploys at once of each of 3 users, exactly as many succeed as are allowed', async () => {
    sandbox().configure(config({ max_gpu_equivalents: 2 }));
    const attempts = users.flatMap((user) =>
      Array.from({ length: 20 }, (_, index) => ({ user, words: deploy(`n${index}`) })),
    );
    const outcomes = await Promise.all(
      attempts.map(({ user, words }) => sandbox().ds01(words, { user, timeoutMs: 110_000 })),
    );
    const winners = attempts.filter((_, index) => outcomes[index]?.code === 0);
    const refused = outcomes.filter(({ code }) => code !== 0).map(failureOf);
    expect(refused.filter(({ code }) => code !== 'quota.gpu-exceeded')).toEqual([]);
    expect(winners.map(({ user }) => user)).toEqual(users.flatMap((user) => [user, user]));
    expect(await wrongThings(sandbox())).toEqual([]);
    expect(sandbox().leases()).toHaveLength(6);
    sandbox().configure(config());
  });

  test('several commands about one name at once wait for each other, and all work', async () => {
    const run = ['container', 'run', 'thesis', '--', 'echo', 'here'];
    const stop = ['container', 'stop', 'thesis', '--force', '--json'];
    const first = [deploy('thesis'), deploy('thesis'), deploy('thesis')];
    const outcomes = await Promise.all(
      first.map((words) => sandbox().ds01(words, { user: 'alice' })),
    );
    succeeded(await sandbox().ds01(stop, { user: 'alice' }));
    const later = [run, deploy('thesis'), run, run, deploy('thesis')];
    outcomes.push(
      ...(await Promise.all(later.map((words) => sandbox().ds01(words, { user: 'alice' })))),
    );
    expect(outcomes.map(({ code, stderr }) => (code === 0 ? 0 : stderr))).toEqual(
      Array.from(outcomes, () => 0),
    );
    expect(await sandbox().engine.listContainers()).toHaveLength(1);
    expect(await wrongThings(sandbox())).toEqual([]);
  });

  test('SIGTERM lets a deploy finish, refuses new ones, tells who is connected, and touches no container', async () => {
    succeeded(await sandbox().ds01(deploy('old'), { user: 'bob' }));
    const before = await sandbox().docker('ps', '-q', '--no-trunc');
    const pidOf = () => sandbox().docker('inspect', '-f', '{{.State.Pid}}', before);
    const pid = await pidOf();
    const session = sandbox().startDs01(
      ['container', 'exec', 'old', '--', 'sh', '-c', 'echo up; sleep 60'],
      { user: 'bob' },
    );
    const follower = sandbox().startDs01(['container', 'logs', 'old', '--follow'], { user: 'bob' });
    await session.printed('up');
    process.kill(dockerd(), 'SIGSTOP');
    const deploying = sandbox().startDs01(deploy('newest'), { user: 'alice' });
    try {
      await until('the deploy begins', () =>
        /containers\.deploy.*"newest"/.test(auditText(sandbox())),
      );
      const stopped = sandbox().daemon.stop();
      await until('the daemon ends', () => sandbox().daemon.log().includes('"ending"'));
      const [refused] = await sendAs(sandbox(), 'bob', [requestOf('containers.list', {})]);
      expect(refused?.status).toBe(503);
      expect(refused?.body).toContain('daemon.busy');
      process.kill(dockerd(), 'SIGCONT');
      await stopped;
    } finally {
      process.kill(dockerd(), 'SIGCONT');
    }
    succeeded(await deploying.done);
    // The codes below 125 are those of the process inside.
    expect(await session.done).toMatchObject({ code: 125 });
    expect(await follower.done).toMatchObject({ code: 6 });
    expect(existsSync(sandbox().daemon.socketPath)).toBe(false);
    expect(await pidOf()).toBe(pid);
    await sandbox().daemon.start();
    expect(await pidOf()).toBe(pid);
    expect(await wrongThings(sandbox())).toEqual([]);
  });

  test('a client that reads nothing does not keep the daemon from ending', async () => {
    succeeded(await sandbox().ds01(deploy('noisy'), { user: 'alice' }));
    const loud = sandbox().startDs01(['container', 'exec', 'noisy', '--', 'yes'], {
      user: 'alice',
    });
    await loud.printed('y');
    loud.child.kill('SIGSTOP');
    const head = requestOf('containers.logs', { name: 'noisy', follow: true });
    await sendAs(sandbox(), 'alice', [{ ...head, method: 'HEAD' }]);
    const startedMs = performance.now();
    await sandbox().daemon.stop();
    expect(performance.now() - startedMs).toBeLessThan(15_000);
    loud.child.kill('SIGKILL');
    await sandbox().daemon.start();
  });

  test.each([
    ['stop', 8, 'cancelled'],
    ['kill', 6, 'lost'],
  ] as const)(
    'a build ends with the daemon by %s, and its history says so',
    async (how, code, state) => {
      const { engine, run, startDs01 } = sandbox();
      const text = 'FROM ds01/busybox\\nRUN echo it runs; sleep 300\\n';
      const make = ['sh', '-c', `mkdir -p late; printf '${text}' > late/Dockerfile`];
      succeeded(await run(make, { user: 'alice' }));
      const words = ['image', 'build', 'late', '--dockerfile', 'late/Dockerfile', '--yes'];
      const build = startDs01(words, { user: 'alice' });
      await build.printed('  it runs');
      await sandbox().daemon[how]();
      const told = expect.stringContaining('the build was cancelled');
      expect(await build.done).toMatchObject({ code, stderr: told });
      await sandbox().daemon.start();
      const history = await sandbox().ds01(['image', 'history', 'late', '--json'], {
        user: 'alice',
      });
      expect(succeeded(history).stdout).toContain(`"state": "${state}"`);
      await until(
        'its container is gone',
        async () => (await engine.listContainers()).length === 0,
      );
      const tags = (await engine.listImages()).flatMap((image) => image.tags);
      expect(tags.filter((tag) => tag.startsWith('ds01-alice/'))).toEqual([]);
    },
  );

  test('a second daemon on the same folders ends with an error', async () => {
    const words = [process.execPath, sandbox().programs.entry('server')];
    const second = await sandbox().run(words);
    expect(second).toMatchObject({ code: 8, stderr: expect.stringContaining('daemon.busy') });
    expect((await ready())?.status).toBe(200);
  });

  test('where a daemon died its socket keeps everybody out, root too', async () => {
    succeeded(await sandbox().ds01(deploy('thesis'), { user: 'alice' }));
    await sandbox().daemon.kill();
    expect(existsSync(sandbox().daemon.socketPath)).toBe(true);
    const ledger = sandbox().ledgerHash();
    for (const options of [{ user: 'alice' }, {}, { actFor: 'alice' }]) {
      for (const words of [list, deploy('other')]) {
        const outcome = await sandbox().ds01(words, options);
        expect(failureOf(outcome)).toMatchObject({ code: 'daemon.unreachable', exitCode: 6 });
      }
    }
    expect(sandbox().ledgerHash()).toBe(ledger);
    await sandbox().daemon.start();
    succeeded(await sandbox().ds01(list, { user: 'alice' }));
    expect(await wrongThings(sandbox())).toEqual([]);
  });

  test('Ctrl-C of a deploy has undone it when the command returns', async () => {
    for (const state of ['reserved', 'bound']) {
      const deploying = sandbox().startDs01(deploy('undone'), { user: 'alice' });
      const isThere = (): boolean =>
        sandbox()
          .leases()
          .some((lease) => lease.state === state || lease.state === 'active');
      await until(`a lease is ${state}`, isThere);
      deploying.child.kill('SIGINT');
      const outcome = await deploying.done;
      if (outcome.code === 0) {
        // It was done already when the signal came.
        await retireAll(sandbox(), ['alice']);
        continue;
      }
      expect(outcome.code).toBe(130);
      // Networks and cgroup folders are shared: the next look at the engine takes them away.
      const own = (await leftOver(sandbox())).filter((what) => !/^(?:network|cgroup)/.test(what));
      expect(own).toEqual([]);
      await until('nothing is left', async () => (await leftOver(sandbox())).length === 0);
    }
  });

  test('a caller that goes away has its deploy undone', async () => {
    process.kill(dockerd(), 'SIGSTOP');
    const deploying = sandbox().startDs01(deploy('left'), { user: 'alice' });
    await until('the deploy begins', () => /containers\.deploy.*"left"/.test(auditText(sandbox())));
    deploying.child.kill('SIGKILL');
    await deploying.done;
    process.kill(dockerd(), 'SIGCONT');
    await until('it has ended', () => /"phase":"end".*"left"/.test(auditText(sandbox())));
    // Folders and networks that it had made go with the look that follows what was undone.
    await until('nothing is left', async () => (await leftOver(sandbox())).length === 0);
  });

  test('without its engine the daemon is unready and says why, and ready again with it', async () => {
    const follow = requestOf('containers.logs', { name: 'thesis', follow: true });
    succeeded(await sandbox().ds01(deploy('thesis'), { user: 'alice' }));
    const long = await sendLong(sandbox(), 'alice', follow);
    await sandbox().host.killDaemon();
    await long.done;
    await until('unready', async () => (await ready())?.status === 503);
    expect((await ready())?.body).toMatch(/"ready":false,"reason":".+"/);
    const refused = await sandbox().ds01(deploy('other'), { user: 'bob' });
    expect(failureOf(refused)).toMatchObject({ code: 'engine.unreachable', exitCode: 6 });
    await sandbox().host.startDaemon();
    await until('ready', async () => (await ready())?.status === 200);
    succeeded(await sandbox().ds01(deploy('other'), { user: 'bob' }));
    expect(await wrongThings(sandbox())).toEqual([]);
    const lines = logOf(sandbox().daemon.log());
    expect(lines.map(({ message }) => message)).toContain('not ready');
    expect(lines.map(({ message }) => message)).not.toContain('unexpected failure');
  });
});
