import { adminContainers } from '../admin.ts';
import type { Caller } from '../caller.ts';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { deploy } from '../deploy/deploy.ts';
import type { DeployResult } from '../deploy/parts.ts';
import type { DeployInput } from '../deploy/input.ts';
import { alice } from './people.ts';
import type { TestProcess, World } from './world.ts';

/** A command, given the ports of the process that runs it. */
export type Command = (deps: ControlPlaneDependencies) => Promise<unknown>;

/** A request as the command line makes it: one GPU, started. */
export function requestFor(name: string, changes: Partial<DeployInput> = {}): DeployInput {
  return {
    name,
    image: 'ds01/busybox',
    framework: null,
    project: null,
    workspace: null,
    gpu: { kind: 'any' },
    env: {},
    command: null,
    data: [],
    ports: [],
    secrets: [],
    network: 'private',
    cpus: null,
    memoryBytes: null,
    shmSizeBytes: null,
    start: true,
    replace: false,
    ...changes,
  };
}

/** Deploys in a process of its own. */
export function deployed(
  world: World,
  name: string,
  options: Partial<DeployInput> & { readonly caller?: Caller } = {},
): Promise<DeployResult> {
  const { caller = alice, ...changes } = options;
  return deploy(world.deps(), caller, requestFor(name, changes));
}

/** The next command of anybody: looks at everything, and so reconciles. */
export function listAll(world: World) {
  return adminContainers(world.deps(), { all: true });
}

/** How a command ended; `killed` when its process didn't live to see it. */
export type Ending =
  | { readonly end: 'done' }
  | { readonly end: 'killed' }
  | { readonly end: 'failed'; readonly error: unknown };

/** Runs a command until it ends or its process is killed. */
export async function runIn(process: TestProcess, command: Command): Promise<Ending> {
  const killed = process.lifeline.killed.then((): Ending => ({ end: 'killed' }));
  let dead = false;
  void killed.then(() => {
    dead = true;
  });
  const run = command(process.deps).then(
    (): Ending => ({ end: 'done' }),
    async (error: unknown): Promise<Ending> => {
      // A synchronous call of a dead process throws, for want of another way not to return.
      await Promise.resolve();
      return dead ? killed : { end: 'failed', error };
    },
  );
  return Promise.race([run, killed]);
}
