// Times the deploy use case against create and start sent straight to the engine, in turn and in one
// warm process. Prints {"deploy": [ms...], "raw": [ms...], "probe": [ms...]}: `probe` is what a reading
// of the GPUs takes, which a deploy waits for only when the last one is too old. Takes the number of pairs; needs root and
// the environment of a docker host with ds01/busybox and two free GPUs.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { containerIdSchema } from '@ds01/contracts';
import { deploy, retire, type Caller, type ControlPlaneDependencies } from '@ds01/control-plane';
import { createRawEngine, type RawEngine } from './raw-engine.ts';
import { openRuntime } from './runtime.ts';

interface Ground {
  readonly deps: ControlPlaneDependencies;
  readonly caller: Caller;
  readonly raw: RawEngine;
  /** Inside the docker host, so that it goes with it. */
  readonly workspace: string;
}

const warmUp = 2;

async function deployOnce({ deps, caller, workspace }: Ground, name: string): Promise<void> {
  await deploy(deps, caller, {
    name,
    image: 'ds01/busybox',
    project: null,
    workspace,
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
    framework: null,
  });
}

async function retireOnce({ deps, caller }: Ground, name: string): Promise<void> {
  await retire(deps, caller, { name, force: true, timeoutSeconds: null });
}

async function timeProbe({ deps }: Ground): Promise<number> {
  const start = performance.now();
  await deps.probe.read({ fresh: true });
  return performance.now() - start;
}

async function timeDeploy(ground: Ground): Promise<number> {
  const start = performance.now();
  await deployOnce(ground, 'measured');
  const milliseconds = performance.now() - start;
  await retireOnce(ground, 'measured');
  return milliseconds;
}

/** The same configuration and devices as the container `template`, whose pin it shares. */
async function timeRaw(ground: Ground, template: { name: string; body: unknown }): Promise<number> {
  const { deps, raw } = ground;
  const known = deps.grants.list()[0];
  if (known === undefined) throw new Error('the first container has no grant');
  const start = performance.now();
  const id = await raw.create('bench-raw', template.body);
  const created = performance.now();
  const containerId = containerIdSchema.parse(id);
  deps.grants.write({ ...known, containerId });
  const granted = performance.now();
  await raw.start(id);
  const milliseconds = performance.now() - granted + (created - start);
  await raw.remove(id);
  deps.grants.withdraw(containerId);
  return milliseconds;
}

async function main(pairs: number): Promise<void> {
  const runtime = openRuntime(process.env);
  const raw = createRawEngine(runtime.environment.engineSocket);
  const caller = await runtime.caller('orchestration');
  const workspace = join(runtime.environment.runDirectory, 'workspace');
  mkdirSync(workspace, { recursive: true });
  const ground: Ground = { deps: await runtime.dependencies(), caller, raw, workspace };
  await deployOnce(ground, 'template');
  const name = `template._.${caller.owner.slug}`;
  const template = { name, body: await raw.bodyLike(name) };
  const times = { deploy: [] as number[], raw: [] as number[], probe: [] as number[] };
  for (let pair = -warmUp; pair < pairs; pair += 1) {
    const deployFirst = pair % 2 === 0;
    const rawFirst = deployFirst ? null : await timeRaw(ground, template);
    const probe = await timeProbe(ground);
    const deployed = await timeDeploy(ground);
    const rawTime = rawFirst ?? (await timeRaw(ground, template));
    if (pair < 0) continue;
    times.deploy.push(deployed);
    times.raw.push(rawTime);
    times.probe.push(probe);
  }
  await retireOnce(ground, 'template');
  raw.close();
  runtime.close();
  process.stdout.write(`${JSON.stringify(times)}\n`);
}

await main(Number(process.argv[2] ?? '15'));
