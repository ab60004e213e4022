import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import type { FolderPinRequest } from '@ds01/ports';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { account, canMount, createPlace, startEngine, system } from './fixture.ts';
import type { Engine, Place } from './fixture.ts';

const rounds = process.env['DS01_TEST_LONG'] === '1' ? 1000 : 50;

/**
 * Exchanges two names as fast as it can, in one step each time: renameat2(2) with RENAME_EXCHANGE,
 * by number since no program of every machine knows it.
 */
const exchange = `
  $| = 1; my ($one, $two, $call) = @ARGV; print "x";
  while (1) { syscall($call + 0, -100, $one, -100, $two, 2) == 0 or die "renameat2: $!"; }`;
const callNumbers: Readonly<Record<string, string>> = { x64: '316', arm64: '276' };

/** The same in three steps, for a machine without perl. */
const rename = `
  const fs = require('node:fs');
  const [one, two] = process.argv.slice(1);
  process.stdout.write('x');
  for (;;) {
    fs.renameSync(one, one + '.away'); fs.renameSync(two, one); fs.renameSync(one + '.away', two);
  }`;

function startSwapper(one: string, two: string): ChildProcess {
  const call = callNumbers[process.arch];
  const hasPerl = spawnSync('perl', ['-e', '1']).status === 0;
  const [command, parameters] =
    hasPerl && call !== undefined
      ? (['perl', ['-e', exchange, one, two, call]] as const)
      : ([process.execPath, ['-e', rename, one, two]] as const);
  return spawn(command, parameters, { stdio: ['ignore', 'pipe', 'ignore'] });
}

// A round takes 40 ms, and many times that on a machine with a lot else to do.
const timeout = 2000 * rounds;

describe.skipIf(!canMount())('names swapped while they are pinned', { timeout }, () => {
  let place: Place;
  let engine: Engine;
  let shared = '';
  let secret = '';

  beforeEach(async () => {
    place = createPlace();
    engine = await startEngine(place);
    [shared, secret] = [`${place.folder}/shared`, `${place.folder}/secret`];
    for (const [folder, text, mode] of [
      [shared, 'shared', 0o755],
      [secret, 'secret', 0o700],
    ] as const) {
      for (const path of [folder, `${folder}/set`]) {
        mkdirSync(path);
        writeFileSync(`${path}/file`, text);
        chmodSync(path, mode);
      }
    }
    mkdirSync(`${place.home}/data`);
    mkdirSync(`${place.home}/data/set`);
    writeFileSync(`${place.home}/data/set/file`, 'mine');
    system('chown', '-R', `${account.uid}:${account.gid}`, place.home);
  });
  afterEach(async () => {
    await engine.stop();
    place.remove();
  });

  interface Race {
    readonly swapped: string;
    /** Where the link leads that takes its place in turns. */
    readonly to: string;
    readonly request: FolderPinRequest;
    readonly rounds: number;
  }

  /** How often each text was what the engine got, and each code the answer. */
  async function race({ swapped, to, request, rounds: count }: Race): Promise<Map<string, number>> {
    const link = `${place.home}/link`;
    symlinkSync(to, link);
    const swapper = startSwapper(swapped, link);
    if (swapper.stdout !== null) await once(swapper.stdout, 'data');
    const found = new Map<string, number>();
    try {
      for (let round = 0; round < count; round += 1) {
        const outcome = await engine.pins
          .pin('l1', [request])
          .then(([pin]) => readFileSync(engine.see(`${pin?.path}/file`), 'utf8'))
          .catch((error: { code: string }) => error.code);
        found.set(outcome, (found.get(outcome) ?? 0) + 1);
        await engine.pins.unpin('l1');
      }
      expect(swapper.exitCode).toBeNull();
    } finally {
      swapper.kill('SIGKILL');
      await once(swapper, 'close');
    }
    return found;
  }

  const workspace = (within: readonly string[] | null) =>
    place.request({ folder: `${place.home}/work`, create: true, within });
  const data = (within: readonly string[] | null) =>
    place.request({ folder: `${place.home}/data/set`, readOnly: true, within });

  test('a workspace swapped for a link never leads out of the allowed folders', async () => {
    const [swapped, request] = [`${place.home}/work`, workspace([place.home])];
    const found = await race({ swapped, to: shared, request, rounds });
    expect(found.get('shared') ?? 0).toBe(0);
    expect(found.get('mine')).toBeGreaterThan(0);
    expect([...found.keys()]).toEqual(expect.arrayContaining(['mine', 'workspace.is-link']));
    expect(engine.mountsHere()).toEqual([]);
  });

  test('a folder above data swapped for a link never leads out of them either', async () => {
    const [swapped, request] = [`${place.home}/data`, data([place.home])];
    const found = await race({ swapped, to: shared, request, rounds });
    expect(found.get('shared') ?? 0).toBe(0);
    expect([...found.keys()].toSorted()).toEqual(['mine', 'workspace.outside']);
    expect(engine.mountsHere()).toEqual([]);
  });

  test('without the allowed folders the same race is won', async () => {
    const [swapped, request] = [`${place.home}/data`, data(null)];
    const found = await race({ swapped, to: shared, request, rounds: 40 });
    expect(found.get('shared') ?? 0).toBeGreaterThan(0);
  });

  test('nor does anything lead out of the person’s own rights', async () => {
    const [swapped, request] = [`${place.home}/data`, data(null)];
    const found = await race({ swapped, to: secret, request, rounds });
    const refusals = ['denied', 'not-found', 'not-a-folder'].map((word) => `workspace.${word}`);
    expect(['mine', ...refusals]).toEqual(expect.arrayContaining([...found.keys()]));
    expect(found.get('workspace.denied')).toBeGreaterThan(0);
  });

  test('a check of the real path before a mount by name is passed by a swap in between', async () => {
    const wanted = `${place.home}/data/set`;
    const target = `${place.engineDirectory}/pins/by-name`;
    mkdirSync(target);
    expect(realpathSync(wanted).startsWith(`${place.home}/`)).toBe(true);
    renameSync(`${place.home}/data`, `${place.home}/away`);
    symlinkSync(secret, `${place.home}/data`);
    system('mount', '-n', '--bind', wanted, target);
    expect(readFileSync(engine.see(`${target}/file`), 'utf8')).toBe('secret');
  });

  test('a folder swapped after it was opened is still the one that was opened', async () => {
    const [pin] = await engine.pins.pin('l1', [workspace([place.home])]);
    renameSync(`${place.home}/work`, `${place.home}/away`);
    symlinkSync(shared, `${place.home}/work`);
    expect(readFileSync(engine.see(`${pin?.path}/file`), 'utf8')).toBe('mine');
    chownSync(`${place.home}/away`, account.uid, account.gid);
  });
});
