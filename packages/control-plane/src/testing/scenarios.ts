import type { ErrorCode } from '@ds01/contracts';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { deploy } from '../deploy/deploy.ts';
import type { DeployInput } from '../deploy/input.ts';
import { recreate } from '../recreate.ts';
import { remove, retire } from '../remove.ts';
import { rename } from '../rename.ts';
import { restart } from '../restart.ts';
import { stop } from '../stop.ts';
import { start } from '../verbs.ts';
import { deployed, listAll, requestFor } from './commands.ts';
import { gpu, host, migGpu } from './gpus.ts';
import { alice, bob, carol } from './people.ts';
import { createWorld, hourMs, type World, type WorldOptions } from './world.ts';

/** A command and the world in which it is about to be given. */
export interface Scenario {
  readonly name: string;
  readonly prepare: (world: World) => Promise<unknown>;
  readonly command: (deps: ControlPlaneDependencies) => Promise<unknown>;
  /** What the same command answers when it finds its work done. */
  readonly doneAlready?: ErrorCode;
}

const stopThesis = { name: 'thesis', force: false, timeoutSeconds: null };

/** Everything that a container may have besides a GPU. */
const everything = {
  data: [{ folder: '/home/alice/sets', target: '/data/sets', readOnly: true }],
  secrets: [{ name: 'token', base64: btoa('s3cret') }],
  ports: [{ containerPort: 8888, protocol: 'tcp' as const, hostPort: 9000 }],
};

async function stopped(world: World, more: Partial<DeployInput> = {}): Promise<void> {
  await deployed(world, 'thesis', more);
  await stop(world.deps(), alice, stopThesis);
}

async function holdOver(world: World, more: Partial<DeployInput> = {}): Promise<void> {
  await stopped(world, more);
  world.clock.advance(hourMs);
  await listAll(world);
}

/** Others run containers on all whole GPUs, so that Alice's old one is gone. */
async function taken(world: World, more: Partial<DeployInput> = {}): Promise<void> {
  await holdOver(world, more);
  await deployed(world, 'first', { caller: bob, gpu: { kind: 'whole', count: 1 } });
  await deployed(world, 'second', { caller: carol, gpu: { kind: 'whole', count: 1 } });
}

/** Every use case that changes something. */
export const scenarios: readonly Scenario[] = [
  {
    name: 'deploy',
    prepare: async () => undefined,
    command: (deps) => deploy(deps, alice, requestFor('thesis')),
  },
  {
    name: 'deploy without a GPU',
    prepare: async () => undefined,
    command: (deps) => deploy(deps, alice, requestFor('thesis', { gpu: { kind: 'none' } })),
  },
  {
    name: 'deploy that starts a stopped one',
    prepare: (world) => stopped(world),
    command: (deps) => deploy(deps, alice, requestFor('thesis')),
  },
  {
    name: 'create',
    prepare: async () => undefined,
    command: (deps) => deploy(deps, alice, requestFor('thesis', { start: false })),
  },
  {
    name: 'deploy with folders, secrets and ports',
    prepare: async () => undefined,
    command: (deps) => deploy(deps, alice, requestFor('thesis', everything)),
  },
  {
    name: 'start after a reboot',
    prepare: async (world) => {
      await deployed(world, 'thesis', { ...everything, secrets: [] });
      await stop(world.deps(), alice, stopThesis);
      world.pins.reboot();
      world.firewall.flush();
    },
    command: (deps) => start(deps, alice, { name: 'thesis' }),
  },
  {
    name: 'recreate with secrets',
    prepare: (world) => taken(world, everything),
    command: (deps) => recreate(deps, alice, { name: 'thesis' }),
    doneAlready: 'container.running',
  },
  {
    name: 'deploy that replaces a running one',
    prepare: (world) => deployed(world, 'thesis', everything),
    command: (deps) => deploy(deps, alice, requestFor('thesis', { replace: true })),
  },
  {
    name: 'stop',
    prepare: (world) => deployed(world, 'thesis'),
    command: (deps) => stop(deps, alice, stopThesis),
  },
  {
    name: 'restart',
    prepare: (world) => deployed(world, 'thesis'),
    command: (deps) => restart(deps, alice, stopThesis),
  },
  {
    name: 'rename',
    prepare: (world) => deployed(world, 'thesis'),
    command: (deps) => rename(deps, alice, { name: 'thesis', newName: 'paper' }),
    doneAlready: 'container.not-found',
  },
  {
    name: 'start of a renamed one',
    prepare: async (world) => {
      await stopped(world);
      await rename(world.deps(), alice, { name: 'thesis', newName: 'paper' });
    },
    command: (deps) => start(deps, alice, { name: 'paper' }),
  },
  {
    name: 'start of a created one',
    prepare: (world) => deployed(world, 'thesis', { start: false }),
    command: (deps) => start(deps, alice, { name: 'thesis' }),
  },
  {
    name: 'start within the hold',
    prepare: (world) => stopped(world),
    command: (deps) => start(deps, alice, { name: 'thesis' }),
  },
  {
    name: 'start after the hold',
    prepare: (world) => holdOver(world),
    command: (deps) => start(deps, alice, { name: 'thesis' }),
  },
  {
    name: 'remove',
    prepare: (world) => stopped(world),
    command: (deps) => remove(deps, alice, { name: 'thesis', force: false }),
    doneAlready: 'container.not-found',
  },
  {
    name: 'retire',
    prepare: (world) => deployed(world, 'thesis'),
    command: (deps) => retire(deps, alice, stopThesis),
    doneAlready: 'container.not-found',
  },
  {
    name: 'recreate',
    prepare: (world) => taken(world),
    command: (deps) => recreate(deps, alice, { name: 'thesis' }),
    doneAlready: 'container.running',
  },
  {
    name: 'the end of a hold',
    prepare: async (world) => {
      await stopped(world);
      world.clock.advance(hourMs);
    },
    command: (deps) => deploy(deps, bob, requestFor('other')),
  },
];

/** The world of a scenario right before its command: 2 whole GPUs and a divided one, Bob uses some. */
export async function worldOf(scenario: Scenario, options: WorldOptions = {}): Promise<World> {
  const world = createWorld({ gpus: host(gpu(0), gpu(1), migGpu(2)), ...options });
  await deployed(world, 'background', {
    caller: bob,
    gpu: { kind: 'mig', profile: '2g.10gb', count: 1 },
  });
  await scenario.prepare(world);
  return world;
}
