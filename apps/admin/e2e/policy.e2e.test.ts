import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { doctorOutputSchema, limitExplanationSchema, routes } from '@ds01/contracts';
import { type ConfigFiles, configWith, failureOf, people, succeeded } from '@ds01/e2e';
import { describe, expect, test } from 'vitest';
import { canRun, useDaemon } from './harness/use-sandbox.ts';

const overrides = `# Edited by hand, and by DS01.
dave: # his
      priority:   7 # seven
`;
const config: ConfigFiles = {
  ...configWith({}, 'groups:\n  rules:\n    - {match: "f*", group: staff}\n'),
  'user-overrides.yaml': overrides,
};
const limitsFile = 'resource-limits.yaml';
const withStaff = {
  ...config,
  [limitsFile]: (config[limitsFile] ?? '').replace('"groups": {', '"groups": { "staff": {}, '),
};

describe.skipIf(!canRun)('the policy, edited by administrators', () => {
  const sandbox = useDaemon({ name: 'policy', gpus: 'none', config: withStaff, accounts: people });
  const admin = (line: string, user?: string) =>
    sandbox().ds01(line.split(' '), { app: 'admin', ...(user === undefined ? {} : { user }) });
  const file = (name: string) => join(sandbox().host.paths.configDirectory, name);
  const textOf = (name: string) => readFileSync(file(name), 'utf8');
  const cpusOf = async (user: string) =>
    succeeded(await admin(`limits explain ${user} max_cpus --json`)).json(limitExplanationSchema);

  test('limits are set at the same time for several people, and taken back without a trace', async () => {
    const names = ['alice', 'bob', 'carol', 'erin'];
    const dry = succeeded(await admin('limits set alice max_cpus=3 --dry-run'));
    expect(dry.stdout).toMatch(/nothing was written; it would be: alice has max_cpus 3/);
    expect(textOf('user-overrides.yaml')).toBe(overrides);
    const sets = await Promise.all(names.map((name) => admin(`limits set ${name} max_cpus=3`)));
    for (const set of sets) expect(succeeded(set).stdout).toMatch(/max_cpus +\S+ .*override/);
    for (const name of names) expect((await cpusOf(name)).value).toBe(3);
    expect(textOf('user-overrides.yaml')).toContain(overrides);
    for (const name of names) succeeded(await admin(`limits set ${name} max_cpus=`));
    expect(textOf('user-overrides.yaml')).toBe(overrides);
  });

  test('a mistake is refused and written nowhere; and none of this is for users', async () => {
    expect(failureOf(await admin('limits set alice max_cpu=3 --json'))).toMatchObject({
      exitCode: 2,
    });
    const swap = await admin('limits set alice memory=4g memory_swap=2g --json');
    expect(failureOf(swap)).toMatchObject({ exitCode: 4, code: 'policy.refused' });
    for (const line of [
      'limits set alice max_cpus=9',
      'exempt add alice',
      'group add staff alice',
    ]) {
      expect(failureOf(await admin(`${line} --json`, 'alice'))).toMatchObject({ exitCode: 7 });
    }
    expect(textOf('user-overrides.yaml')).toBe(overrides);
  });

  test('exemptions and groups are edited, and a sync fills groups by the site’s rules', async () => {
    succeeded(await admin('exempt add alice idle --until 2w --reason paper'));
    expect(succeeded(await admin('exempt list')).stdout).toMatch(
      /^alice +idle_timeout_h .* active /m,
    );
    succeeded(await admin('exempt remove alice'));
    expect(failureOf(await admin('exempt remove alice --json'))).toMatchObject({ exitCode: 3 });
    succeeded(await admin('group add student alice'));
    const other = failureOf(await admin('group add staff alice --json'));
    expect(other).toMatchObject({ exitCode: 4, hint: 'ds01-admin group move staff alice' });
    succeeded(await admin('group move staff alice'));
    expect(succeeded(await admin('group sync')).stdout).toMatch(/^frank +staff /m);
    expect(succeeded(await admin('group list')).stdout).toMatch(/^staff +alice, frank$/m);
  });

  test('a folder is compared with what is in force', async () => {
    const folder = file('../candidate');
    mkdirSync(join(folder, 'groups'), { recursive: true });
    writeFileSync(join(folder, limitsFile), textOf(limitsFile));
    writeFileSync(join(folder, 'groups/student.members'), 'alice\nfrank\n');
    writeFileSync(join(folder, 'user-overrides.yaml'), 'dave: {priority: 8}\n');
    const diff = succeeded(await admin(`limits diff ${folder} --json`)).json(
      routes['admin.limits.diff'].output,
    );
    expect(
      diff.users.map(({ user, groupAfter, changes }) => [user, groupAfter, changes.length]),
    ).toEqual([
      ['alice', 'student', 0],
      ['dave', 'student', 1],
      ['frank', 'student', 0],
    ]);
    writeFileSync(join(folder, 'user-overrides.yaml'), 'dave: {priorty: 8}\n');
    const broken = await admin(`limits diff ${folder}`);
    expect(broken.code).toBe(4);
    expect(broken.stdout).toMatch(/user-overrides\.yaml:1:8: error: .*Did you mean "priority"/);
  });

  test('a broken edit never takes effect, also when the daemon starts again, and is told once', async () => {
    succeeded(await admin('limits set alice max_cpus=3 --until 2w'));
    const good = textOf('user-overrides.yaml');
    writeFileSync(file('user-overrides.yaml'), 'alice: {max_cpus: 9, memori: 1g}\nbob: 7\n');
    expect(await cpusOf('alice')).toMatchObject({ value: 3 });
    await sandbox().daemon.stop();
    await sandbox().daemon.start();
    expect(await cpusOf('alice')).toMatchObject({ value: 3 });
    const doctor = (await admin('doctor --json')).json(doctorOutputSchema);
    const wrong = doctor.checks.filter(({ ok }) => !ok).map(({ message }) => message);
    expect(wrong).toEqual([
      'the files have errors; the last good copy is in force',
      expect.stringMatching(/user-overrides\.yaml:1:22: error: Unknown key "memori"/),
      expect.stringMatching(/user-overrides\.yaml:2:6: error: /),
    ]);
    writeFileSync(file('user-overrides.yaml'), good);
    succeeded(await sandbox().ds01(['container', 'list'], { user: 'alice' }));
    const { events } = succeeded(await admin('events --type policy --json')).json(
      routes['events.list'].output.omit({ nextCursor: true }),
    );
    expect(events.map(({ type }) => type)).toEqual([
      'policy.problem-found',
      'policy.problem-mended',
    ]);
  });
});
