import { PassThrough } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import type { EngineSession, ExecSpec } from '@ds01/ports';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { deployed } from '../testing/commands.ts';
import { happened } from '../testing/happened.ts';
import { alice } from '../testing/people.ts';
import { createWorld, type World } from '../testing/world.ts';
import { runStopHook, type StopHookTarget } from './stop-hook.ts';

const graceMs = 60_000;
const folder = '/home/alice/workspace/thesis/.ds01';

describe('the hook before a stop', () => {
  let world: World;
  let ran: ExecSpec[] = [];
  beforeEach(() => {
    ran = [];
    world = createWorld({ accounts: [alice.owner] });
  });
  afterEach(() => world.close());

  /** A hook that prints this and ends with that; `null`: it doesn't end. */
  async function run(
    hook: { readonly prints?: string; readonly exitCode?: number | null },
    change: Partial<StopHookTarget> = {},
    signal?: AbortSignal,
  ) {
    await deployed(world, 'thesis');
    const record = world.store
      .transaction(({ containers }) => containers.all())
      .find(({ name }) => name === 'thesis');
    if (record === undefined) throw new Error('there is no thesis');
    const { prints = '', exitCode = 0 } = hook;
    const deps = world.deps();
    const exec = async (_: unknown, spec: ExecSpec): Promise<EngineSession> => {
      ran.push(spec);
      return sessionOf(prints, exitCode);
    };
    const target: StopHookTarget = {
      record: { ...record, workspace: '/home/alice/workspace/thesis' },
      account: alice.owner,
      enabled: true,
      graceMs,
      reason: 'idle',
      ...change,
    };
    return runStopHook({ ...deps, engine: { ...deps.engine, exec } }, target, { signal });
  }

  function sessionOf(prints: string, exitCode: number | null): EngineSession {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const { promise: exited, resolve } = Promise.withResolvers<number | null>();
    stdout.write(prints);
    if (exitCode !== null) {
      stdout.end();
      stderr.end();
      stdout.on('end', () => resolve(exitCode));
    }
    const nothing = async (): Promise<void> => undefined;
    const close = (): void => resolve(null);
    return { stdin: null, stdout, stderr, resize: nothing, signal: nothing, exited, close };
  }

  const putHook = (): void => {
    world.people.files.set(`program:alice:${folder}/on-stop`, 1);
  };
  const log = () => world.people.texts.get(`alice:${folder}/on-stop.log`);
  const failures = () => happened(world, 'hook.failed').map(({ details }) => details);

  test('runs as the owner in the workspace, and is told why and for how long', async () => {
    putHook();
    expect(await run({ prints: 'saved epoch 7\n' })).toBe('succeeded');
    expect(ran).toEqual([
      {
        command: ['/workspace/.ds01/on-stop'],
        user: '2001:2001',
        workingDirectory: '/workspace',
        env: ['DS01_STOP_REASON=idle', 'DS01_STOP_GRACE_S=60'],
        tty: false,
        stdin: false,
      },
    ]);
    expect(log()).toContain('on-stop of thesis: it succeeded\nsaved epoch 7\n');
    expect(failures()).toEqual([]);
  });

  test('is none where no program of the owner’s is, hooks are off, or DS01 did not make it', async () => {
    expect(await run({})).toBe('none');
    putHook();
    expect(await run({}, { enabled: false })).toBe('none');
    const record = { id: 'x', name: 'raw', user: alice.owner.name, uid: 2001, dockerName: 'raw' };
    const [foreign] = world.store.transaction(({ containers }) => containers.all());
    if (foreign === undefined) throw new Error('there is no container');
    const given = { ...record, id: foreign.id, workspace: '/home/alice/workspace/thesis' };
    expect(await run({}, { record: { ...given, managed: false } })).toBe('none');
    expect(await run({}, { record: { ...given, managed: true, workspace: null } })).toBe('none');
    expect(ran).toEqual([]);
  });

  test('that fails is an event, and its output is kept', async () => {
    putHook();
    expect(await run({ prints: 'no space left', exitCode: 3 })).toBe('failed');
    expect(failures()).toEqual([{ reason: 'it ended with exit code 3' }]);
    expect(log()).toContain('it ended with exit code 3\nno space left\n');
  });

  test('that does not end is left after the grace period', async () => {
    putHook();
    const running = run({ prints: 'saving', exitCode: null });
    while (ran.length === 0) await setImmediate();
    world.clock.advance(graceMs);
    expect(await running).toBe('too-slow');
    expect(failures()).toEqual([{ reason: 'it took longer than 60 s' }]);
    expect(log()).toContain('saving');
  });

  test('is not waited for when its folder does not answer', async () => {
    const deps = world.deps();
    const { promise: never } = Promise.withResolvers<never>();
    const peopleFiles = { ...deps.peopleFiles, isProgram: () => never };
    await deployed(world, 'thesis');
    const [record] = world.store.transaction(({ containers }) => containers.all());
    if (record === undefined) throw new Error('there is no container');
    const target = { record: { ...record, workspace: '/home/alice/w' }, account: alice.owner };
    const running = runStopHook(
      { ...deps, peopleFiles },
      { ...target, enabled: true, graceMs, reason: 'idle' },
    );
    world.clock.advance(graceMs);
    expect(await running).toBe('none');
  });

  test('that can’t be started is a failure and no obstacle', async () => {
    putHook();
    await deployed(world, 'thesis');
    const [record] = world.store.transaction(({ containers }) => containers.all());
    if (record === undefined) throw new Error('there is no container');
    await world.deps().engine.pauseContainer(record.id);
    const target = { record: { ...record, workspace: '/home/alice/workspace/thesis' } };
    const given = { ...target, account: alice.owner, enabled: true, graceMs, reason: 'idle' };
    expect(await runStopHook(world.deps(), given)).toBe('failed');
    expect(failures()).toHaveLength(1);
  });

  test('that prints without end is kept from doing so, and only the end is kept', async () => {
    putHook();
    const running = run({ prints: 'x'.repeat(6 * 1024 * 1024), exitCode: 0 });
    while (ran.length === 0) await setImmediate();
    world.clock.advance(graceMs);
    await running;
    expect(log()?.length).toBeLessThan(33 * 1024);
  });
});
