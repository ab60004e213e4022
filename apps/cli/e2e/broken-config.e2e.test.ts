import { configWith, failureOf, succeeded } from '@ds01/e2e';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { deployOutputSchema, doctorOutputSchema, resolvedLimitsSchema } from '@ds01/contracts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { canRun, useSandbox } from './harness/use-sandbox.ts';

const alice = { user: 'alice' };
const dryDeploy = ['container', 'deploy', 'x', '--image', 'ds01/busybox', '--dry-run', '--json'];
const good = configWith({ memory: '100m', memory_swap: '100m' });

/** Each is broken in its own way; `lines` are those of the problems. */
const broken = [
  {
    what: 'no YAML',
    files: { 'resource-limits.yaml': 'defaults:\n  memory: "1g\n' },
    places: [/^resource-limits\.yaml:\d+:\d+$/],
  },
  {
    what: 'unknown keys and values out of range',
    files: {
      'resource-limits.yaml': 'defaults:\n  memori: 1g\n  max_cpus: -1\n  pids_limit: many\n',
    },
    places: [/:2:3$/, /:3:\d+$/, /:4:\d+$/],
  },
  {
    what: 'a default group that is not there',
    files: { 'resource-limits.yaml': 'default_group: nobody\ngroups:\n  student: {}\n' },
    places: [/:1:\d+$/],
  },
  {
    what: 'broken site settings',
    files: { ...good, 'ds01.yaml': 'leases:\n  reserve_ttl_s: soon\ngates: {}\n' },
    places: [/^ds01\.yaml:2:\d+$/, /^ds01\.yaml:3:\d+$/],
  },
] as const;

const nowhere = configWith();

describe.skipIf(!canRun)('broken configuration files', () => {
  const sandbox = useSandbox({ name: 'broken', gpus: 'none', config: nowhere });
  const cpu = [...dryDeploy, '--cpu-only'];
  let state = '';
  beforeEach(() => {
    state = mkdtempSync(join(sandbox().host.paths.root, 'state-'));
  });
  afterEach(() => {
    rmSync(state, { recursive: true });
  });
  const run = (words: readonly string[]) =>
    sandbox().ds01(words, { ...alice, env: { DS01_STATE_DIR: state } });
  const placesIn = (texts: readonly string[]): string =>
    texts.map((text) => text.split('/').at(-1) ?? '').join(' ');

  test.each(broken)(
    'with $what and no good copy nothing is made, and every problem is named',
    async ({ files, places }) => {
      sandbox().configure(files);
      const failure = failureOf(await run(cpu));
      expect(failure).toMatchObject({
        exitCode: 4,
        code: 'limits.invalid-file',
        hint: 'ds01 doctor',
      });
      for (const place of places) {
        const named = failure.detail.match(/[\w.-]+:\d+:\d+(?=:)/g) ?? [];
        expect({
          named: placesIn(named),
          matches: named.some((found) => place.test(found)),
        }).toMatchObject({ matches: true });
      }
      const doctor = await run(['doctor', '--json']);
      expect(doctor.code).toBe(4);
      const policy = doctor.json(doctorOutputSchema).checks.find(({ id }) => id === 'policy');
      expect(policy).toMatchObject({ ok: false, severity: 'error' });
    },
  );

  test.each(broken)(
    'with $what the last good copy stays in force, and doctor says so',
    async ({ files, places }) => {
      sandbox().configure(good);
      succeeded(await run(['container', 'list']));
      sandbox().configure(files);
      const deployed = succeeded(await run(cpu)).json(deployOutputSchema);
      expect(deployed.limits.memoryBytes).toBe(100 * 1024 ** 2);
      const shown = succeeded(await run(['limits', 'show', '--json']));
      expect(shown.json(resolvedLimitsSchema.loose()).limits.memory.value).toBe('100m');
      const doctor = await run(['doctor', '--json']);
      expect(doctor.code).toBe(4);
      const { checks } = doctor.json(doctorOutputSchema);
      expect(checks.find(({ id }) => id === 'policy')).toMatchObject({
        ok: false,
        message: expect.stringContaining('the last good copy is in force'),
      });
      for (const place of places) {
        const ids = checks.map(
          ({ id }) =>
            id
              .replace(/^policy /, '')
              .split('/')
              .at(-1) ?? '',
        );
        const lined = checks
          .filter(({ ok }) => !ok)
          .map(({ message }) => /[\w.-]+:\d+:\d+(?=:)/.exec(message)?.[0] ?? '');
        expect({ ids, found: lined.some((found) => place.test(found)) }).toMatchObject({
          found: true,
        });
      }
    },
  );

  test('a dry run on a fresh machine makes no state, not even a copy of the limits', async () => {
    sandbox().configure(good);
    const fresh = join(state, 'none');
    const outcome = await sandbox().ds01(cpu, { ...alice, env: { DS01_STATE_DIR: fresh } });
    expect(outcome).toMatchObject({ code: 0 });
    expect(existsSync(fresh) ? readdirSync(fresh) : []).toEqual([]);
  });

  test('limits show needs neither engine nor ledger', async () => {
    sandbox().configure(good);
    const env = { DS01_STATE_DIR: '/dev/null/state', DOCKER_HOST: 'unix:///nothing' };
    const outcome = succeeded(
      await sandbox().ds01(['limits', 'show', '--json'], { user: 'nobody-yet', env }),
    );
    expect(outcome.json(resolvedLimitsSchema.loose())).toMatchObject({
      user: 'nobody-yet',
      usage: null,
      limits: { memory: { value: '100m', layer: 'defaults' } },
    });
  });
});
