import { once } from 'node:events';
import {
  containerIdSchema,
  imageReferenceSchema,
  slotUuidSchema,
  type ContainerId,
} from '@ds01/contracts';
import type { Clock, ContainerEngine } from '@ds01/ports';
import { describe, expect, test } from 'vitest';
import { contractCommands } from '../contract/fixture.ts';
import { describeEngineContract } from '../engine.contract.ts';
import { runStepByDefault } from './build-step.ts';
import { createInMemoryEngine } from './in-memory-engine.ts';
import { runUntilKilled, type RunProcess } from './process.ts';

/** Time that goes on with each look; nobody waits. */
function tickingClock(): Clock {
  let nowMs = 1_700_000_000_000;
  return {
    nowMs: () => (nowMs += 1),
    sleep: () => Promise.withResolvers<never>().promise,
  };
}

const imitations: Readonly<Record<keyof typeof contractCommands, RunProcess>> = {
  forever: runUntilKilled,
  exitThree: () => Promise.resolve(3),
  speak: ({ stdout, stderr }) => {
    stdout.write('one\ntwo\n');
    stderr.write('problem\n');
    return Promise.resolve(7);
  },
  copyInput: async ({ stdin, stdout, killed }) => {
    stdin.on('data', (bytes) => stdout.write(bytes));
    await Promise.race([once(stdin, 'end'), once(killed, 'abort')]);
    return 0;
  },
  sizeAfterLine: async ({ stdin, stdout, size }) => {
    await once(stdin, 'data');
    stdout.write(`${String(size()?.rows)} ${String(size()?.columns)}\n`);
    return 0;
  },
  showIdentity: ({ env, user, stdout }) => {
    const name = env.find((variable) => variable.startsWith('NAME='))?.slice('NAME='.length);
    stdout.write(`${String(name)} ${String(user.split(':')[0])}\n`);
    return Promise.resolve(0);
  },
};

const run: RunProcess = (process) => {
  const known = Object.entries(contractCommands).find(
    ([, command]) => command.join(' ') === process.command.join(' '),
  );
  const imitation = Object.entries(imitations).find(([name]) => name === known?.[0])?.[1];
  if (imitation === undefined) throw new Error(`unknown command ${process.command.join(' ')}`);
  return imitation(process);
};

describeEngineContract('in memory', () => {
  let refusal: string | null = null;
  const engine = createInMemoryEngine({
    clock: tickingClock(),
    cpus: 2,
    memoryBytes: 2 ** 31,
    images: [
      {
        tags: ['contract/base'],
        files: {
          '/etc/passwd': 'root:x:0:0::/:/bin/sh\n',
          '/bin/busybox': 'a program of many lines',
          '/bin/sh': { linkTo: 'busybox' },
        },
      },
    ],
    gate: () => refusal,
    isPath: (path) => path === '/folder',
    run,
    runStep: (step) =>
      step.command.startsWith('sleep')
        ? Promise.withResolvers<number>().promise
        : runStepByDefault(step),
  });
  const calls = (): number => [...engine.calls.values()].reduce((sum, count) => sum + count, 0);
  return Promise.resolve({
    engine,
    image: 'contract/base',
    folder: '/folder',
    cgroupParent: '/ds01-contract',
    deviceUuids: [slotUuidSchema.parse('GPU-00000000-0000-4000-8000-000000000001')],
    setGate(sentence) {
      refusal = sentence;
    },
    async countRequests(work) {
      const before = calls();
      await work();
      return calls() - before;
    },
    close: () => Promise.resolve(),
  });
});

describe('the in-memory engine in the hands of a test', () => {
  const open = () =>
    createInMemoryEngine({
      clock: tickingClock(),
      cpus: 2,
      memoryBytes: 2 ** 31,
      images: [{ tags: ['base:1'] }],
      registry: [{ tags: ['pulled'] }],
    });
  const deploy = async (engine: ContainerEngine, dockerName = 'a'): Promise<ContainerId> => {
    const id = await engine.createContainer({
      dockerName,
      image: 'base:1',
      command: null,
      env: [],
      labels: {},
      user: '',
      groupIds: [],
      workingDirectory: '',
      hostname: '',
      tty: false,
      openStdin: false,
      deviceUuids: [],
      mounts: [],
      tmpfs: {},
      resources: {},
      logOptions: {},
      cgroupParent: null,
      capabilitiesDropped: [],
      securityOptions: [],
      init: false,
      network: { mode: 'none', aliases: [] },
      ports: [],
    });
    await engine.startContainer(id);
    return id;
  };

  test('a fault before a call keeps it from happening, one after it only hides the result', async () => {
    for (const phase of ['before', 'after'] as const) {
      const engine = open();
      engine.setCallHook((call) => {
        if (call.name === 'createContainer' && call.phase === phase) throw new Error('killed');
      });
      await expect(deploy(engine)).rejects.toThrow('killed');
      engine.setCallHook(null);
      expect(await engine.listContainers()).toHaveLength(phase === 'before' ? 0 : 1);
    }
  });

  test('a call waits for the hook, and every call is counted', async () => {
    const engine = open();
    const gate = Promise.withResolvers<void>();
    engine.setCallHook(() => gate.promise);
    let listed = false;
    const listing = engine.listContainers().then(() => (listed = true));
    await Promise.resolve();
    expect(listed).toBe(false);
    gate.resolve();
    await listing;
    expect([...engine.calls]).toEqual([['listContainers', 1]]);
  });

  test('a crash is an exit without a command', async () => {
    const engine = open();
    const id = await deploy(engine);
    engine.crash(id, 42);
    expect(await engine.inspectContainer(id)).toMatchObject({ state: 'exited', exitCode: 42 });
  });

  test('an engine that is away refuses calls, ends events, and comes back as it was', async () => {
    const engine = open();
    const id = await deploy(engine);
    const reading = engine.events({ sinceMs: null })[Symbol.asyncIterator]().next();
    engine.setReachable(false);
    await expect(engine.listContainers()).rejects.toMatchObject({ code: 'engine.unreachable' });
    await expect(reading).rejects.toMatchObject({ code: 'engine.unreachable' });
    engine.setReachable(true);
    expect((await engine.inspectContainer(id)).state).toBe('running');
  });

  test('a planted container is what somebody else made of it', async () => {
    const engine = open();
    const made = await engine.inspectContainer(await deploy(engine));
    const foreign = {
      ...made,
      id: containerIdSchema.parse('f'.repeat(64)),
      dockerName: 'foreign',
      deviceRequests: [{ driver: '', count: -1, deviceIds: [], capabilities: [['gpu']] }],
    };
    engine.plant(foreign);
    expect(await engine.inspectContainer('foreign')).toEqual(foreign);
    await engine.killContainer(foreign.id, 'KILL');
    expect((await engine.inspectContainer('foreign')).state).toBe('exited');
  });

  test('only images of the registry can be pulled', async () => {
    const engine = open();
    await engine.pullImage(imageReferenceSchema.parse('pulled:latest'), {});
    expect(await engine.inspectImage('pulled')).toMatchObject({ tags: ['pulled:latest'] });
    await expect(
      engine.pullImage(imageReferenceSchema.parse('missing:1'), {}),
    ).rejects.toMatchObject({ code: 'image.not-found' });
  });
});
