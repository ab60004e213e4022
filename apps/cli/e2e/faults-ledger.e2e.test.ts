import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import {
  type CommandOutcome,
  type Sandbox,
  wrongThings,
  allContainers,
  retireAll,
  configWith,
  failureOf,
  succeeded,
} from '@ds01/e2e';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runFaulty } from './faults/faulty-ds01.ts';
import { canRun, isLong, useSandbox } from './harness/use-sandbox.ts';

const deployWords = (name: string) => [
  'container',
  'deploy',
  name,
  '--image',
  'ds01/busybox',
  '--json',
];
const list = ['container', 'list', '--all', '--json'];
const users = ['alice', 'bob', 'carol', 'dave'];

const losses: readonly [string, (directory: string) => void][] = [
  [
    'deleted',
    (directory) => {
      for (const name of readdirSync(directory)) {
        if (name.startsWith('ds01.db')) rmSync(join(directory, name));
      }
    },
  ],
  ['truncated to nothing', (directory) => truncateSync(join(directory, 'ds01.db'), 0)],
  [
    'cut in half',
    (directory) => {
      const path = join(directory, 'ds01.db');
      truncateSync(path, Math.floor(statSync(path).size / 2));
    },
  ],
  [
    'replaced by garbage',
    (directory) => {
      writeFileSync(join(directory, 'other'), 'no database at all\n'.repeat(2000));
      renameSync(join(directory, 'other'), join(directory, 'ds01.db'));
    },
  ],
];

/** The others are other damage to the same code, all of it tried in the store's and control plane's tests. */
const tried = losses.filter(
  ([how]) => isLong || how === 'deleted' || how === 'replaced by garbage',
);

describe.skipIf(!canRun)('a ledger that is lost under running commands', () => {
  const sandbox = useSandbox({ name: 'lost', gpus: 'h100x8', config: configWith() });

  test.each(tried)(
    '%s: sessions go on, a deploy that was stopped is fenced off, the leases come back',
    async (_how, lose) => {
      const ds01 = async (words: readonly string[], user: string): Promise<CommandOutcome> =>
        succeeded(await sandbox().ds01(words, { user }));
      await ds01(deployWords('running'), 'alice');
      await ds01(deployWords('stopped'), 'bob');
      await ds01(['container', 'stop', 'stopped', '--force', '--json'], 'bob');
      const before = sandbox().leases();
      const session = sandbox().startDs01(
        ['container', 'run', 'running', '--', 'sh', '-c', 'echo ready; sleep 3; echo over'],
        { user: 'alice' },
      );
      await session.printed('ready');
      const stopped = runFaulty(sandbox(), [...deployWords('late'), '--user', 'carol'], {
        at: await indexOfBind(sandbox()),
        signal: 'SIGSTOP',
      });
      await stopped.cameTo(await indexOfBind(sandbox()));

      lose(sandbox().host.paths.stateDirectory);
      succeeded(await sandbox().ds01(list));
      const facts = (leases: ReturnType<Sandbox['leases']>) =>
        leases.map(({ id, user, state, slots }) => [id, user, state, slots]);
      expect(facts(sandbox().leases())).toEqual(expect.arrayContaining([...facts(before)]));
      await ds01(deployWords('other'), 'dave');

      stopped.goOn();
      expect(failureOf(await stopped.done)).toMatchObject({ code: 'lease.fenced', exitCode: 4 });
      expect(await session.done).toMatchObject({ code: 0, stdout: 'ready\nover\n' });
      succeeded(await sandbox().ds01(list));
      expect(await wrongThings(sandbox())).toEqual([]);
      await retireAll(sandbox(), users);
      expect(sandbox().resources()).toEqual({ grants: [], pins: [], cgroups: [] });
    },
  );
});

let bindIndex: number | null = null;

/** Number of the call that turns a reservation into a binding: the one after the new container's look. */
async function indexOfBind(sandbox: Sandbox): Promise<number> {
  if (bindIndex !== null) return bindIndex;
  const run = runFaulty(sandbox, [...deployWords('counted'), '--user', 'carol']);
  succeeded(await run.done);
  await retireAll(sandbox, ['carol']);
  bindIndex = run.calls().indexOf('engine.createContainer') + 2;
  return bindIndex;
}

describe.skipIf(!canRun)('a full disk under the state folder', () => {
  let folder = '';
  const disk = (): string => join(folder, 'disk');
  // Before the sandbox starts, so that its processes see the mount.
  beforeAll(() => {
    mkdirSync('/var/tmp/ds01-test', { recursive: true });
    folder = mkdtempSync('/var/tmp/ds01-test/full-');
    const image = join(folder, 'image');
    mkdirSync(disk());
    execFileSync('truncate', ['-s', '4M', image]);
    execFileSync('mkfs.ext4', ['-q', '-O', '^has_journal', image]);
    execFileSync('mount', ['-o', 'loop', image, disk()]);
  });
  afterAll(() => {
    execFileSync('umount', [disk()]);
    rmSync(folder, { recursive: true });
  });
  const sandbox = useSandbox({ name: 'fulldisk', gpus: 'l40sx2', config: configWith() });

  const onDisk = (words: readonly string[], user: string): Promise<CommandOutcome> => {
    const program = join(import.meta.dirname, '../dist/main.js');
    const setting = `DS01_STATE_DIR=${join(disk(), 'state')}`;
    return sandbox().run(['env', setting, process.execPath, program, ...words, '--user', user]);
  };
  const fill = (): void => {
    for (const [name, size] of [
      ['large', 65_536],
      ['small', 512],
    ] as const) {
      try {
        for (;;) writeFileSync(join(disk(), name), Buffer.alloc(size), { flag: 'a' });
      } catch (error) {
        if (!(error instanceof Error) || Reflect.get(error, 'code') !== 'ENOSPC') throw error;
      }
    }
  };
  const free = (): void => {
    rmSync(join(disk(), 'large'), { force: true });
    rmSync(join(disk(), 'small'), { force: true });
  };
  const refused = expect.objectContaining({ code: 'internal.storage-full', exitCode: 1 });

  test('refuses a deploy, leaks nothing, and works once there is room, with or without a ledger', async () => {
    fill();
    expect(failureOf(await onDisk(deployWords('thesis'), 'alice'))).toEqual(refused);
    expect(await allContainers(sandbox())).toEqual([]);
    free();
    succeeded(await onDisk(deployWords('thesis'), 'alice'));

    fill();
    const outcome = await onDisk(deployWords('second'), 'bob');
    expect(failureOf(outcome)).toEqual(refused);
    const names = (await allContainers(sandbox())).map(({ dockerName }) => dockerName);
    expect(names).toEqual(['thesis._.alice']);
    expect(sandbox().resources()).toMatchObject({
      grants: [expect.any(String)],
      pins: [expect.any(String)],
    });
    free();
    succeeded(await onDisk(deployWords('second'), 'bob'));
    for (const user of ['alice', 'bob']) {
      const words = ['container', 'retire', '--all', '--force', '--yes', '--json'];
      succeeded(await onDisk(words, user));
    }
    expect(await allContainers(sandbox())).toEqual([]);
    expect(sandbox().resources()).toEqual({ grants: [], pins: [], cgroups: [] });
  });
});
