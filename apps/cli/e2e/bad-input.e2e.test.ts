import { configWith, failureOf, succeeded } from '@ds01/e2e';
import { chownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { deployOutputSchema, errorTable, isReservedLabel, readLabels } from '@ds01/contracts';
import { createSigningKey } from '@ds01/store';
import { canRun, oneOfModes, useSandbox } from './harness/use-sandbox.ts';

const alice = { user: 'alice' };
const deploy = ['container', 'deploy'];
const image = ['--image', 'ds01/busybox'];
const cpuOnly = [...image, '--cpu-only'];

type Row = readonly [what: string, words: readonly string[], exitCode: number, code: string];

const nameRows: readonly Row[] = [
  'a/b',
  '..',
  '../x',
  "it's",
  'a"b',
  'a\nb',
  'a\0b'.replace('\0', '\u0001'),
  '$(id)',
  'a;b',
  'ümlaut',
  'a..b',
  'a'.repeat(64),
].flatMap((name): Row[] => [
  [`deploy of the name ${JSON.stringify(name)}`, [...deploy, name, ...cpuOnly], 2, 'name.invalid'],
  [`show of the name ${JSON.stringify(name)}`, ['container', 'show', name], 2, 'name.invalid'],
]);

const gpuRows: readonly Row[] = [
  ...['0', '-1', '1e9', '1.5', 'abc', '', '2000'].map((count): Row => [
    `--gpus=${count}`,
    [...deploy, 'x', ...image, `--gpus=${count}`],
    2,
    'gpu.invalid-count',
  ]),
  ['an unknown MIG profile', [...deploy, 'x', ...image, '--mig', 'big'], 2, 'gpu.invalid-profile'],
  ['a profile that no GPU has', [...deploy, 'x', ...image, '--mig', '7g.80gb'], 5, 'gpu.no-match'],
  ['a model that no GPU is', [...deploy, 'x', ...image, '--gpu-type', 'V100'], 5, 'gpu.no-match'],
  ['more GPUs than there are', [...deploy, 'x', ...image, '--gpus', '9'], 5, 'gpu.no-match'],
  [
    'flags that exclude each other',
    [...deploy, 'x', ...cpuOnly, '--gpus', '1'],
    2,
    'usage.invalid',
  ],
  ['gpu explain of nonsense', ['gpu', 'explain', '--gpus', 'many'], 2, 'gpu.invalid-count'],
];

const envRows: readonly Row[] = [
  'NVIDIA_VISIBLE_DEVICES=all',
  'NVIDIA_VISIBLE_DEVICES=',
  'NVIDIA_MIG_CONFIG_DEVICES=all',
].map((pair): Row => [`-e ${pair}`, [...deploy, 'x', ...image, '-e', pair], 2, 'env.refused']);

const otherRows: readonly Row[] = [
  ['deploy of an empty name', [...deploy, '', ...cpuOnly], 2, 'request.invalid'],
  ...envRows,
  ['-e without a name', [...deploy, 'x', ...cpuOnly, '-e', '=1'], 2, 'usage.invalid'],
  ['-e with a bad name', [...deploy, 'x', ...cpuOnly, '-e', 'A B=1'], 2, 'usage.invalid'],
  [
    '-w on a file',
    [...deploy, 'x', ...cpuOnly, '-w', '/home/alice/file'],
    2,
    'workspace.not-a-folder',
  ],
  [
    '-w on nothing',
    [...deploy, 'x', ...cpuOnly, '-w', '/home/alice/none'],
    3,
    'workspace.not-found',
  ],
  ['-w on a link', [...deploy, 'x', ...cpuOnly, '-w', '/home/alice/link'], 2, 'workspace.is-link'],
  [
    '-w through a link to another home',
    [...deploy, 'x', ...cpuOnly, '-w', '/home/alice/out/f'],
    7,
    'workspace.denied',
  ],
  [
    "-w on another's folder",
    [...deploy, 'x', ...cpuOnly, '-w', '/home/bob/private'],
    7,
    'workspace.denied',
  ],
  [
    '-w with a newline',
    [...deploy, 'x', ...cpuOnly, '-w', '/home/alice/a\nb'],
    2,
    'workspace.invalid',
  ],
  ['an image that is no name', [...deploy, 'x', '--image', 'Not An Image'], 2, 'image.invalid'],
  ['an image that is not there', [...deploy, 'x', '--image', 'ds01/nothing'], 3, 'image.not-found'],
  [
    'an image whose registry is not there',
    [...deploy, 'x', '--image', 'none.invalid/x'],
    3,
    'image.not-found',
  ],
  ['no image at all', [...deploy, 'x'], 3, 'image.not-found'],
  ['an unknown flag', [...deploy, 'x', '--frobnicate'], 2, 'usage.invalid'],
  ['an unknown verb', ['container', 'frobnicate'], 2, 'usage.invalid'],
  ['an unknown noun', ['frobnicate'], 2, 'usage.invalid'],
  ['nothing', [], 2, 'usage.invalid'],
  ['a noun alone', ['container'], 2, 'usage.invalid'],
  ['too many operands', ['container', 'show', 'a', 'b'], 2, 'usage.invalid'],
  ['a missing operand', ['container', 'show'], 2, 'usage.invalid'],
  ['neither name nor --all', ['container', 'stop'], 2, 'usage.invalid'],
  ['a bad time', ['container', 'stop', 'x', '--timeout', 'soon'], 2, 'usage.invalid'],
  ['waiting for a colour', [...deploy, 'x', ...image, '--wait=red'], 2, 'usage.invalid'],
  ['waiting for a number', [...deploy, 'x', ...image, '--wait=30'], 2, 'usage.invalid'],
  ['explaining nothing', ['container', 'explain', 'nothing'], 3, 'container.not-found'],
  ['keeping nothing', ['container', 'keep', 'nothing', '--for', '1h'], 3, 'container.not-found'],
  ['keeping for no time', ['container', 'keep', 'x'], 2, 'usage.invalid'],
  ['keeping for a colour', ['container', 'keep', 'x', '--for', 'red'], 2, 'usage.invalid'],
  ['extending nothing', ['container', 'extend', 'nothing', '--by', '1h'], 3, 'container.not-found'],
  ['extending by centuries', ['container', 'extend', 'x', '--by', '999w'], 2, 'usage.invalid'],
  ['half a channel', ['notifications', '--workspace', 'half'], 2, 'usage.invalid'],
  ['a command of a later version', ['project', 'init', 'x'], 2, 'usage.not-yet'],
  ['a container that is not there', ['container', 'stop', 'x'], 3, 'container.not-found'],
];

const modes = oneOfModes('daemon');

describe.skipIf(!canRun).each(modes)('bad input, $mode', ({ mode, daemon }) => {
  const sandbox = useSandbox({
    name: `bad-${mode}`,
    daemon,
    gpus: 'a100x4-mig',
    config: configWith(),
  });
  /** Hints that were understood: many rows share one. */
  const understood = new Set<string | null>();
  // A client has no path to ask for it by.
  const emptyCode = daemon ? 'name.invalid' : 'request.invalid';
  const emptyName: Row = ['show of an empty name', ['container', 'show', ''], 2, emptyCode];

  beforeAll(() => {
    const { homePath, host } = sandbox();
    const tools = join(host.paths.root, 'typing');
    mkdirSync(tools);
    const program = join(import.meta.dirname, '../dist/main.js');
    const script = `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@" --dry-run --user alice\n`;
    writeFileSync(join(tools, 'ds01'), script, { mode: 0o755 });
    symlinkSync(host.environment['DS01_DOCKER'] ?? 'docker', join(tools, 'docker'));
    const own = (path: string, uid = 42_001): void => chownSync(homePath(path), uid, uid);
    writeFileSync(homePath('/home/alice/file'), '');
    mkdirSync(homePath('/home/alice/folder'));
    symlinkSync('/home/alice/folder', homePath('/home/alice/link'));
    symlinkSync('/home/bob/private', homePath('/home/alice/out'));
    mkdirSync(homePath('/home/bob/private/f'), { recursive: true, mode: 0o700 });
    own('/home/alice/file');
    own('/home/alice/folder');
    own('/home/bob/private', 42_002);
    own('/home/bob/private/f', 42_002);
  });

  /** A hint has to be something to type into a shell: it is typed, and has to be understood. */
  async function expectToRun(hint: string | null): Promise<void> {
    if (understood.has(hint)) return;
    const typed = `PATH=${join(sandbox().host.paths.root, 'typing')}:$PATH; ${hint ?? 'false'}`;
    const outcome = await sandbox().run(['sh', '-c', typed]);
    const isUnderstood =
      hint?.startsWith('ds01 ') === true ? outcome.code !== 2 : outcome.code === 0;
    expect({ hint, isUnderstood, ...outcome }).toMatchObject({ isUnderstood: true });
    understood.add(hint);
  }

  test.each([...nameRows, ...gpuRows, emptyName, ...otherRows])(
    '%s is refused',
    async (_, words, exitCode, code) => {
      const failure = failureOf(await sandbox().ds01([...words, '--json'], alice));
      expect(failure).toMatchObject({ exitCode, code, detail: expect.stringMatching(/\w/) });
      expect(Object.keys(errorTable)).toContain(code);
      await expectToRun(failure.hint);
    },
  );

  test.each(['mallory', '../alice', '', 'alice:bob', '42001'])(
    '--user %j is no account',
    async (user) => {
      const failure = failureOf(
        await sandbox().ds01([...deploy, 'x', ...image, '--json'], { actFor: user }),
      );
      expect(failure).toMatchObject({ exitCode: 3, code: 'user.unknown' });
      await expectToRun(failure.hint);
    },
  );

  test('all of that left nothing behind', async () => {
    expect(await sandbox().docker('ps', '--all', '--quiet')).toBe('');
    expect(sandbox().leases()).toEqual([]);
    succeeded(await sandbox().ds01(['container', 'list'], alice));
    expect(sandbox().resources()).toEqual({ grants: [], pins: [], cgroups: [] });
  });

  test('a name in capitals and with spaces is written as names are', async () => {
    const words = [...deploy, 'My Thesis', ...cpuOnly, '--dry-run', '--json'];
    const outcome = succeeded(await sandbox().ds01(words, alice));
    expect(outcome.json(deployOutputSchema).container.name).toBe('my-thesis');
  });
});

describe.skipIf(!canRun)('an image that claims to be more than an image', () => {
  const sandbox = useSandbox({ name: 'claims', gpus: 'l40sx2', config: configWith() });
  const claims = {
    'ds01.user': 'bob',
    'ds01.uid': '0',
    'ds01.managed': 'true',
    'ds01.protected': 'true',
    'ds01.monitoring': 'true',
    'ds01.job': 'j1',
    'ds01.sig': '0'.repeat(64),
  };

  beforeAll(async () => {
    const { docker } = sandbox();
    const id = await docker('create', 'ds01/busybox', 'true');
    const labels = Object.entries(claims).flatMap(([key, value]) => [
      '--change',
      `LABEL ${key}=${value}`,
    ]);
    const rest = ['ENV NVIDIA_VISIBLE_DEVICES=all', 'CMD ["sh"]'].flatMap((c) => ['--change', c]);
    await docker('commit', ...labels, ...rest, id, 'ds01/claims');
    await docker('rm', id);
  });

  test('gives its container none of its ds01 labels, and the signature is valid', async () => {
    const words = [...deploy, 'plain', '--image', 'ds01/claims', '--cpu-only'];
    succeeded(await sandbox().ds01([...words, '--background'], alice));
    const { labels } = await sandbox().engine.inspectContainer('plain._.alice');
    const key = createSigningKey({ directory: sandbox().host.paths.stateDirectory });
    expect(readLabels(labels, key)).toMatchObject({
      trust: 'signed',
      values: { user: 'alice', uid: '42001', protected: '', monitoring: '', job: '', lease: '' },
    });
    expect(Object.keys(labels).filter(isReservedLabel)).toHaveLength(20);
  });

  test('sees no GPU without a lease, whatever its environment asks for', async () => {
    const exec = (...words: string[]) =>
      sandbox().ds01(['container', 'exec', 'plain', '--', ...words], alice);
    const printed = await exec('sh', '-c', 'echo $NVIDIA_VISIBLE_DEVICES');
    expect(printed).toMatchObject({ code: 0, stdout: 'void\n' });
    expect((await exec('sh', '-c', 'command -v nvidia-smi')).stdout).toBe('');
  });

  test('sees only its own GPU with one', async () => {
    const words = [...deploy, 'one', '--image', 'ds01/claims', '--background', '--json'];
    const { lease } = succeeded(await sandbox().ds01(words, alice)).json(deployOutputSchema);
    const exec = ['container', 'exec', 'one', '--', 'sh', '-c', 'echo $NVIDIA_VISIBLE_DEVICES'];
    expect((await sandbox().ds01(exec, alice)).stdout.trim()).toBe(lease?.uuids.join());
  });
});
