import { configWith, failureOf, succeeded } from '@ds01/e2e';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { containersOutputSchema, errorOutputSchema } from '@ds01/contracts';
import { beforeAll, describe, expect, test } from 'vitest';
import { commandTable } from '../src/command-table.ts';
import { canRun, isLong, modes, useSandbox } from './harness/use-sandbox.ts';

const image = ['--image', 'ds01/busybox'];
const alice = { user: 'alice' };

/** What each command is tried with; `works` runs, `rests` is stopped, `poster` has its own image. */
const trials: Readonly<Record<string, readonly (readonly string[])[]>> = {
  'container deploy': [
    ['fresh', ...image],
    ['fresh', ...image, '-d', '/home/alice', '-p', '8888', '--secret', '/etc/hostname'],
    ['rests', ...image],
    ['works', ...image],
    ['works', ...image, '--cpu-only', '--replace'],
    ['fresh', 'ds01/busybox', '--gpu-memory', '20g', '--gpu-type', 'H100', '--prefer-full'],
  ],
  'container create': [['fresh', ...image]],
  'container run': [
    ['works', '--', 'touch', '/workspace/touched'],
    ['rests', '--', 'true'],
    ['works', '--rm', '--new'],
  ],
  'container exec': [['works', '--', 'touch', '/workspace/touched']],
  'container start': [['rests'], ['rests', '--recreate'], ['--all']],
  'container stop': [['works'], ['--all']],
  'container restart': [['works'], ['rests'], ['--all']],
  'container pause': [['works'], ['--all']],
  'container unpause': [['works']],
  'container remove': [['rests', '--images'], ['works', '--force'], ['--all']],
  'container retire': [['works'], ['rests'], ['--all'], ['poster', '--save-packages', '--images']],
  'container list': [['--all']],
  'container show': [['works']],
  'container logs': [['works']],
  'container stats': [['works'], []],
  'container top': [['works']],
  'container rename': [
    ['works', 'other'],
    ['rests', 'other'],
  ],
  'container save-packages': [['poster'], ['works', '--commit', '--tag', 'kept']],
  'container cp': [['works:/etc/hostname', 'hostname']],
  'container attach': [['works']],
  'container forward': [['works', '8888', '0:6006']],
  'container explain': [['works'], ['rests']],
  'container keep': [
    ['works', '--for', '2h'],
    ['works', '--off'],
  ],
  'container extend': [['works', '--by', '1h', '--reason', 'one more epoch']],
  'image create': [['fresh', '--base', 'ds01/busybox', '--system', 'tree']],
  'image build': [['poster']],
  'image update': [['poster', '--add', 'six', '--add-system', 'tree']],
  'image install': [['poster', 'six']],
  'image lint': [['poster']],
  'image list': [['--detailed']],
  'image show': [['poster']],
  'image history': [['poster']],
  'image log': [['poster']],
  'image diff': [['poster', 'poster:exp']],
  'image tag': [['poster', 'next']],
  'image rollback': [['poster', '--to', 'exp']],
  'image delete': [['poster:exp'], ['--all', '--force']],
  'image prune': [[]],
  'image bases': [[]],
  'image share': [['poster', '--with', 'bob']],
  'image push': [['poster', 'registry.example.org/alice/poster:v1']],
  'image pull': [['registry.example.org/alice/poster:v1']],
  'image sbom': [['ds01/busybox', '--output', 'bill.json']],
  'gpu status': [[]],
  'gpu explain': [['--gpus', '1']],
  'queue list': [['--mine']],
  'queue position': [[]],
  'queue leave': [['--all']],
  'limits show': [[]],
  ' check-limits': [[]],
  ' notifications': [[], ['--terminal', 'off', '--mail', 'alice@example.org']],
  ' events': [[], ['--since', 'today', '--type', 'container'], ['--summary']],
  ' motd': [[]],
  ' launch': [
    ['-i', 'ds01/busybox'],
    ['-i', 'ds01/busybox', '-g', '1', '--', 'true'],
  ],
  ' doctor': [[]],
  ' completion': [['bash']],
  ' version': [[]],
  'token create': [['laptop']],
  'token list': [['--all']],
  'token rotate': [['notebook']],
  'token revoke': [['notebook']],
  ' login': [['https://127.0.0.1:1']],
  ' logout': [[]],
};

const dryRuns = commandTable
  .filter(({ load }) => load !== null)
  .flatMap(({ noun, verb }) =>
    (trials[`${noun ?? ''} ${verb}`] ?? []).map((rest) => {
      const split = rest.indexOf('--');
      const at = split === -1 ? rest.length : split;
      const head = noun === null ? [verb] : [noun, verb];
      return [...head, ...rest.slice(0, at), '--dry-run', ...rest.slice(at)];
    }),
  );

describe.skipIf(!canRun).each(modes)('the commands, $mode', ({ mode, daemon }) => {
  const sandbox = useSandbox({
    name: `commands-${mode}`,
    daemon,
    gpus: 'h100x8',
    config: configWith(),
  });

  beforeAll(async () => {
    const { ds01 } = sandbox();
    const poster = ['image', 'create', 'poster', '--base', 'ds01/busybox', '--tag', 'exp'];
    succeeded(await ds01(poster, alice));
    const cpuOnly = ['--cpu-only', '--background'];
    succeeded(await ds01(['container', 'deploy', 'poster', ...cpuOnly], alice));
    for (const name of ['works', 'rests']) {
      succeeded(await ds01(['container', 'deploy', name, ...image, '--background'], alice));
    }
    succeeded(await ds01(['container', 'stop', 'rests'], alice));
    succeeded(await ds01(['token', 'create', 'notebook'], alice));
    // Whoever looks next takes down what the engine told about the two; that is no preview's doing.
    succeeded(await ds01(['container', 'list', '--all'], alice));
  });

  test('every command that exists is tried below', () => {
    const known = commandTable.filter(({ load }) => load !== null);
    expect(known.map(({ noun, verb }) => `${noun ?? ''} ${verb}`)).toEqual(Object.keys(trials));
  });

  /** Everything that a command may change: engine, ledger, files, grants, pins and cgroups. */
  const look = async () => {
    const { engine, ledgerHash, resources, run } = sandbox();
    const listed = await engine.listContainers();
    return {
      containers: listed.map(({ id, dockerName, state }) => `${id} ${dockerName} ${state}`),
      details: await Promise.all(
        listed.map(async ({ id }) => {
          const details = await engine.inspectContainer(id);
          return { ...details, mounts: details.mounts.map(({ target }) => target).toSorted() };
        }),
      ),
      images: (await engine.listImages()).map(({ id, tags }) => `${id} ${tags.join(' ')}`),
      networks: (await engine.listNetworks()).map(({ name }) => name).toSorted(),
      ledger: ledgerHash(),
      files: (await run(['find', '/home/alice', '-printf', '%p %s %T@\n'])).stdout,
      ...resources(),
    };
  };
  let seen: Awaited<ReturnType<typeof look>> | null = null;

  // Each in one of the modes, and in both in the long run.
  const some = dryRuns.filter((_words, index) => isLong || index % 2 === Number(daemon));
  test.each(some.map((words) => [words.join(' '), words] as const))(
    '%s changes nothing',
    async (_, words) => {
      const before = seen ?? (await look());
      const outcome = await sandbox().ds01(words, alice);
      expect(outcome).toMatchObject({ code: 0 });
      seen = await look();
      expect(seen).toEqual(before);
    },
  );

  test.each(daemon ? [alice] : [])(
    'bash completes the names of what one has, where they fit',
    async () => {
      const { programs, run } = sandbox();
      const lines = {
        'ds01 container stop ': 'poster works',
        'container-start r': 'rests',
        'ds01 container show ': 'poster rests works',
        'ds01 image show ': 'poster ds01/busybox',
        'ds01 image delete ': 'poster',
        'image-rollback poster --to e': 'exp',
        'container show works ': '',
        'ds01 container cp wor': 'works:',
        'ds01 container deploy new --image ds01/b': 'ds01/busybox',
        'ds01 container deploy new --image=ds01/b': 'ds01/busybox',
        'ds01 container deploy new --gpu-type ': 'H100',
        'ds01 container list --user ': '',
        'sudo -u alice': '',
      };
      const script = `
      mkdir -p ~/bin
      printf '#!/bin/sh\nexec %s -- %s "$@"\n' ${programs.node} ${programs.entry('cli')} > ~/bin/ds01
      chmod +x ~/bin/ds01
      PATH=~/bin:$PATH
      source <(ds01 completion bash)
      complete -p container-deploy > /dev/null || exit 1
      for line in "$@"; do
        COMP_LINE=$line COMP_POINT=\${#line}
        _ds01_complete 2> /dev/null
        echo "\${COMPREPLY[*]}"
      done`;
      const words = ['bash', '-c', script, 'bash', ...Object.keys(lines)];
      const outcome = succeeded(await run(words, alice));
      expect(outcome.stdout.split('\n').slice(0, -1)).toEqual(Object.values(lines));
    },
  );

  test('a failure with --json is one document too, and nothing else is on stdout', async () => {
    const outcome = await sandbox().ds01(['container', 'show', 'nothing', '--json'], alice);
    expect(outcome.code).toBe(3);
    expect(outcome.json(errorOutputSchema).error.code).toBe('container.not-found');
    expect(outcome.stderr).toBe('');
  });

  test('under sudo it acts for whoever called it, and says so beside the result', async () => {
    const words = ['container', 'list', '--all', '--json'];
    const outcome = succeeded(await sandbox().ds01(words, { env: { SUDO_USER: 'alice' } }));
    const { containers } = outcome.json(containersOutputSchema);
    expect(containers.map(({ name }) => name)).toEqual(['poster', 'rests', 'works']);
    expect(outcome.stderr).toContain('acting for alice');
  });

  test('where a daemon is set up but does not answer, nothing is done in its place', async () => {
    const folder = join(sandbox().host.paths.root, 'daemon');
    mkdirSync(folder);
    writeFileSync(join(folder, 'ds01.sock'), '');
    const words = ['container', 'deploy', 'second', ...image, '--json'];
    const env = { DS01_RUN_DIR: folder };
    const failure = failureOf(await sandbox().ds01(words, { actFor: 'alice', env }));
    expect(failure).toMatchObject({ exitCode: 6, code: 'daemon.unreachable' });
  });

  test('attach passes a signal on to the main process, and its exit code', async () => {
    const { ds01, startDs01 } = sandbox();
    const script = 'trap "echo got TERM; exit 5" TERM; while echo tick; do sleep 0.1; done';
    const words = ['container', 'deploy', 'ticks', ...image, '--background'];
    succeeded(await ds01([...words, '--', 'sh', '-c', script], alice));
    const attached = startDs01(['container', 'attach', 'ticks'], alice);
    await attached.printed('tick');
    attached.child.kill('SIGTERM');
    const { code, stdout } = await attached.done;
    expect([code, stdout]).toEqual([5, expect.stringMatching(/^(tick\n)+got TERM\n$/)]);
    succeeded(await ds01(['container', 'retire', 'ticks', '--yes'], alice));
  });

  test("another user's container is not there", async () => {
    for (const verb of ['show', 'stop', 'retire', 'start']) {
      const words = ['container', verb, 'works', '--yes', '--json'];
      const failure = failureOf(await sandbox().ds01(words, { user: 'bob' }));
      expect({ verb, ...failure }).toMatchObject({
        exitCode: 3,
        code: 'container.not-found',
        details: { name: 'works' },
      });
    }
  });

  test('Ctrl-C in the middle of a deploy undoes it and exits 130', async () => {
    const { docker, leases, resources } = sandbox();
    succeeded(await sandbox().ds01(['container', 'retire', 'rests', '--yes'], alice));
    const before = {
      rows: await docker('ps', '--all', '--quiet'),
      leases: leases(),
      ...resources(),
    };
    const words = ['container', 'deploy', 'stopped-early', ...image, '--background'];
    const deploy = sandbox().startDs01(words, { user: 'bob' });
    await deploy.printed('starting stopped-early');
    deploy.child.kill('SIGINT');
    expect(await deploy.done).toMatchObject({ code: 130, stdout: '' });
    const after = {
      rows: await docker('ps', '--all', '--quiet'),
      leases: leases(),
      ...resources(),
    };
    // The folder of an owner who has nothing any more goes with the next command that changes something.
    expect({ ...after, cgroups: [] }).toEqual({ ...before, cgroups: [] });
  });
});
