import { localTime } from '@ds01/command-line';
import {
  adminContainersSchema,
  adminLeasesSchema,
  adminUserViewSchema,
  adminUsersSchema,
  deployOutputSchema,
  doctorOutputSchema,
  limitExplanationSchema,
  limitsCheckSchema,
  routes,
} from '@ds01/contracts';
import { configWith, failureOf, people, succeeded } from '@ds01/e2e';
import { beforeAll, describe, expect, test } from 'vitest';
import { testDoctorAndWorkloads } from './harness/doctor-and-workloads.ts';
import { canRun, useDaemon, withAdministrators } from './harness/use-sandbox.ts';

/** Bob is an administrator by name, carol by her group; erin may use Docker. */
const config = configWith({}, JSON.stringify({ network: { pool: '10.201.0.0/24', prefix: 27 } }));
const good = withAdministrators(config, { admin_users: ['bob'], admin_group: 'gpu-admins' });
const groups: Readonly<Record<string, readonly string[]>> = {
  carol: ['gpu-admins'],
  erin: ['docker'],
};

const site = {
  name: 'admin',
  gpus: 'a100x4-mig',
  config: good,
  accounts: people.map((one) => ({ ...one, groups: [...(groups[one.name] ?? [])] })),
};

describe.skipIf(!canRun)('ds01-admin', () => {
  const sandbox = useDaemon(site, async (made) => {
    const words = ['container', 'deploy', 'thesis', '--image', 'ds01/busybox', '--background'];
    for (const user of ['alice', 'dave']) succeeded(await made.ds01(words, { user }));
    succeeded(await made.ds01(['container', 'stop', 'thesis'], { user: 'dave' }));
    await made.docker('run', '--detach', '--name', 'behind', 'ds01/busybox', 'sleep', '1000');
  });
  const admin = (words: readonly string[], user?: string) =>
    sandbox().ds01(words, { app: 'admin', ...(user === undefined ? {} : { user }) });
  const adminJson = (line: string, user?: string) => admin([...line.split(' '), '--json'], user);

  test.each([
    ['root', undefined],
    ['an administrator by name', 'bob'],
    ['a member of the group of administrators', 'carol'],
  ])('%s sees everybody’s containers, foreign ones marked', async (_, user) => {
    const { containers } = succeeded(await adminJson('containers', user)).json(
      adminContainersSchema,
    );
    expect(containers.map(({ name, uid, managed }) => ({ name, uid, managed }))).toEqual([
      { name: 'behind', uid: null, managed: false },
      { name: 'thesis', uid: 42_001, managed: true },
    ]);
    const { stdout } = succeeded(await admin(['containers', '--all'], user));
    expect(stdout).toMatch(
      /^dave +42004 +thesis +stopped +\S+ +ds01\/busybox:latest +orchestration/m,
    );
    expect(stdout).toMatch(/^\(foreign\) +- +behind +running +- /m);
  });

  test('containers of one user alone', async () => {
    const found = succeeded(await adminJson('containers --all --user dave')).json(
      adminContainersSchema,
    );
    expect(found.containers.map(({ dockerName }) => dockerName)).toEqual(['thesis._.dave']);
  });

  test('leases tell holder, container and until when', async () => {
    const { leases } = succeeded(await adminJson('leases', 'bob')).json(adminLeasesSchema);
    expect(leases.map(({ user, state, container }) => ({ user, state, container }))).toEqual([
      { user: 'alice', state: 'bound', container: 'thesis._.alice' },
      { user: 'dave', state: 'held', container: 'thesis._.dave' },
    ]);
    const until = localTime(leases[1]?.heldUntil ?? 'never');
    const { stdout } = succeeded(await admin(['leases'], 'bob'));
    expect(stdout).toMatch(new RegExp(`^dave .* held +\\S+ \\S+ +${until} +\\S+$`, 'm'));
  });

  test('users tells who has what, and of one user everything', async () => {
    const { users } = succeeded(await adminJson('users', 'carol')).json(adminUsersSchema);
    expect(users.find(({ user }) => user === 'bob')).toMatchObject({ role: 'admin', uid: 42_002 });
    expect(users.find(({ user }) => user === 'alice')).toMatchObject({
      role: 'user',
      runningContainers: 1,
      gpuSlots: 1,
    });
    const view = succeeded(await adminJson('users dave')).json(adminUserViewSchema);
    expect(view.containers.map(({ state }) => state)).toEqual(['stopped']);
    expect(view.leases.map(({ state }) => state)).toEqual(['held']);
    expect(view.limits.usage?.containers).toBe(1);
    const { stdout } = succeeded(await admin(['users', 'dave']));
    expect(stdout).toContain('1 of any number of containers');
    expect(failureOf(await adminJson('users nobody-here'))).toMatchObject({
      exitCode: 3,
      code: 'user.unknown',
    });
  });

  test('events tell what happened to whom, and of one user alone', async () => {
    const type = '--type container.created';
    const { events } = succeeded(await adminJson(`events ${type}`, 'bob')).json(
      routes['events.list'].output.omit({ nextCursor: true }),
    );
    expect(events.map(({ user, container }) => [user, container])).toEqual([
      ['alice', 'thesis._.alice'],
      ['dave', 'thesis._.dave'],
    ]);
    const { stdout } = succeeded(await admin(['events', '--user', 'dave', '--since', 'today']));
    expect(stdout).toMatch(/ container\.stopped +dave +thesis\._\.dave +stopped$/m);
    expect(stdout).not.toContain('alice');
  });

  test('limits explain names file and line', async () => {
    const limit = succeeded(await adminJson('limits explain alice memory', 'bob'));
    expect(limit.json(limitExplanationSchema)).toMatchObject({ user: 'alice', value: '128m' });
    expect(failureOf(await adminJson('limits explain alice nonsense', 'bob'))).toMatchObject({
      exitCode: 2,
      code: 'usage.invalid',
    });
  });

  test('limits check tells every problem with its place, and exits 4', async () => {
    const clean = await adminJson('limits check', 'bob');
    expect(clean).toMatchObject({ code: 0 });
    expect(clean.json(limitsCheckSchema)).toMatchObject({ valid: true, problems: [] });
    sandbox().configure({
      'resource-limits.yaml': 'defaults:\n  memory: lots\n  max_cpu: 1\ngroups: {}\n',
      'ds01.yaml': 'networks: 1\n',
    });
    try {
      const { code, stdout } = await admin(['limits', 'check']);
      expect(code).toBe(4);
      expect(stdout).toMatch(/resource-limits\.yaml:2:\d+: error: /);
      expect(stdout).toMatch(/resource-limits\.yaml:3:\d+: \w+: .*Did you mean "max_cpus"\?/);
      expect(stdout).toMatch(/ds01\.yaml:1:\d+: error: /);
      expect(stdout).toContain('the last good copy is in force');
    } finally {
      sandbox().configure(good);
    }
  });

  testDoctorAndWorkloads({ sandbox, admin, adminJson });

  test.each([
    'containers',
    'leases',
    'users',
    'users alice',
    'events',
    'doctor',
    'doctor --fix',
    'workloads',
    'limits check',
    'limits explain bob memory',
  ])('%s is not for ordinary users', async (line) => {
    const failure = failureOf(await adminJson(line, 'alice'));
    expect(failure).toMatchObject({ exitCode: 7, code: 'access.denied' });
    expect(failure.hint).toMatch(/^ds01 (?:container list|doctor|events)$/);
  });

  test('whoever came by sudo is an administrator, and acts for nobody', async () => {
    const options = { app: 'admin', env: { SUDO_USER: 'alice' } } as const;
    const outcome = succeeded(await sandbox().ds01(['containers', '--json'], options));
    expect(outcome.json(adminContainersSchema).containers).toHaveLength(2);
    expect(outcome.stderr).toBe('');
  });

  test.each([
    ['nothing', []],
    ['an unknown command', ['frobnicate']],
    ['a flag about acting for others', ['leases', '--user', 'alice']],
  ])('%s is refused as usage', async (_, words) => {
    expect(await admin(words)).toMatchObject({ code: 2 });
  });

  describe('while the daemon is stopped', () => {
    beforeAll(async () => {
      await sandbox().daemon.stop();
      return () => sandbox().daemon.start();
    });

    test('root still checks limits and host, and nothing is written', async () => {
      const before = sandbox().ledgerHash();
      expect(await adminJson('limits check')).toMatchObject({ code: 0 });
      const report = await adminJson('doctor');
      const { checks } = report.json(doctorOutputSchema);
      expect({ code: report.code, bad: checks.filter(({ ok }) => !ok) }).toEqual({
        code: 0,
        bad: [],
      });
      expect(checks[0]).toMatchObject({ id: 'daemon', severity: 'warning' });
      expect(succeeded(await adminJson('leases')).json(adminLeasesSchema).leases).toHaveLength(2);
      expect(sandbox().ledgerHash()).toBe(before);
    });

    test('root sees what happened, also that the daemon ended', async () => {
      const { stdout } = succeeded(await admin(['events', '--limit', '3']));
      expect(stdout).toMatch(/ daemon\.stopped .* the daemon ended in order$/m);
    });

    test('limits check needs neither engine nor ledger', async () => {
      const env = { DS01_STATE_DIR: '/nowhere', DOCKER_HOST: 'unix:///nothing' };
      const outcome = await sandbox().ds01(['limits', 'check'], { app: 'admin', env });
      expect(outcome).toMatchObject({ code: 0, stdout: 'the files are valid\n' });
    });

    test('doctor looks at the rest when the state folder can’t be used', async () => {
      const { run, host } = sandbox();
      const { stateDirectory } = host.paths;
      succeeded(await run(['chmod', '0777', stateDirectory]));
      try {
        const report = await adminJson('doctor');
        expect(report.code).toBe(4);
        const { checks } = report.json(doctorOutputSchema);
        expect(checks.filter(({ ok }) => !ok).map(({ id }) => id)).toEqual(['state', 'pins']);
        expect(checks.find(({ id }) => id === 'state')?.hint).toBe(`chmod 0700 ${stateDirectory}`);
      } finally {
        succeeded(await run(['chmod', '0700', stateDirectory]));
      }
    });

    test('for anybody else, administrators too, there is nothing without it', async () => {
      for (const user of ['alice', 'bob']) {
        for (const line of ['limits check', 'doctor', 'containers']) {
          const failure = failureOf(await adminJson(line, user));
          expect({ line, user, ...failure }).toMatchObject({
            exitCode: 6,
            code: 'daemon.unreachable',
          });
        }
      }
    });
  });

  describe('while a daemon that was killed left its socket', () => {
    beforeAll(async () => {
      await sandbox().daemon.kill();
      return () => sandbox().daemon.start();
    });

    test('root still checks limits and host, and the doctor says what is wrong', async () => {
      expect(await adminJson('limits check')).toMatchObject({ code: 0 });
      const report = await adminJson('doctor');
      expect(report.code).toBe(4);
      const { checks } = report.json(doctorOutputSchema);
      expect(checks.filter(({ ok }) => !ok)).toEqual([
        expect.objectContaining({ id: 'daemon', hint: 'systemctl start ds01d' }),
      ]);
    });

    test('nothing that is about people is answered in its place', async () => {
      expect(failureOf(await adminJson('containers'))).toMatchObject({
        exitCode: 6,
        code: 'daemon.unreachable',
      });
    });
  });

  test('what it shows is there again with the daemon', async () => {
    const words = ['container', 'deploy', 'again', '--image', 'ds01/busybox', '--background'];
    const made = succeeded(await sandbox().ds01([...words, '--json'], { user: 'frank' }));
    const { container } = made.json(deployOutputSchema);
    const { containers } = succeeded(await adminJson('containers', 'bob')).json(
      adminContainersSchema,
    );
    expect(containers.map(({ id }) => id)).toContain(container.id);
  });
});
