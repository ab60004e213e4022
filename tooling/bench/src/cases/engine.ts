import { readFileSync } from 'node:fs';
import { createKnownContainers, startSandbox, type Sandbox } from '@ds01/e2e';
import { z } from 'zod';
import { measureInApp } from '../case-in-app.ts';
import { measureDashboard } from '../dashboard-cpu.ts';
import type { BenchCase, Measurement } from '../measurement.ts';
import { ds01Program, run } from '../program.ts';
import { describePairs, measurePairs, ratioOf, undisturbed } from '../statistics.ts';

const containerCount = 200;
const pairsOfDeploys = 25;
const pairsOfLists = 15;

const limits = `
defaults:
  max_gpu_equivalents: null
  max_containers_per_user: null
  gpu_hold_after_stop_h: 0
`;

/** What needs a real engine: one private engine serves all of it, first empty, then full. */
export const engineCase: BenchCase = {
  budgets: [
    'deploy-over-raw',
    'list-engine-calls',
    'deploy-route-over-raw',
    'list-over-docker-ps',
    'list-over-embedded',
    'dashboard-cpu',
    'daemon-memory',
  ],
  run: async () => {
    const say = (line: string): void => console.error(line);
    const config = { 'resource-limits.yaml': limits };
    const options = {
      name: `bench-${String(process.pid)}`,
      gpus: 'h100x8',
      config,
      say,
      daemon: true,
      dataOnDisk: true,
    };
    await using sandbox = await startSandbox(options);
    const { daemon } = sandbox;
    if (daemon === null) throw new Error('the sandbox has no daemon');
    const route = measureDeploy(sandbox, deployRoute);
    await daemon.stop();
    const deployed = measureDeploy(sandbox, deployUseCase);
    await createKnownContainers(sandbox, containerCount);
    const embedded = measureEmbeddedList(sandbox);
    const calls = measureCalls(sandbox);
    await daemon.start();
    const listed = await measureList(sandbox);
    const faster = await measureListOverEmbedded(sandbox, embedded);
    const shown = await measureDashboard({
      daemonPid: daemon.pid(),
      environment: sandbox.host.environment,
      containers: containerCount,
    });
    return [deployed, calls, route, listed, faster, shown, measureMemory(daemon.pid())];
  },
};

/** What is timed against create and start sent straight to the engine. */
interface DeployMeasurement {
  readonly name: string;
  readonly file: string;
  readonly budget: number;
}

const deployUseCase = { name: 'deploy-over-raw', file: 'deploy.ts', budget: 1.15 };
const deployRoute = { name: 'deploy-route-over-raw', file: 'deploy-route.ts', budget: 1.2 };

function measureDeploy(sandbox: Sandbox, { name, file, budget }: DeployMeasurement): Measurement {
  const milliseconds = z.array(z.number());
  const schema = z.object({ deploy: milliseconds, raw: milliseconds, probe: milliseconds });
  const times = measureInApp(schema, [file, String(pairsOfDeploys)], sandbox.host.environment);
  const pairs = { left: times.deploy, right: times.raw };
  return {
    name,
    ratio: ratioOf(pairs),
    budget,
    raw: describePairs(pairs, ['deploy', 'create and start']) + describeProbe(times.probe),
  };
}

/** Not everything that is measured reads the GPUs again. */
function describeProbe(times: readonly number[]): string {
  if (times.length === 0) return '';
  return `; ${undisturbed(times).toFixed(1)} ms more when the GPUs have to be read again`;
}

/** Containers as DS01 makes them for many people, never started. */

const listWords = ['container', 'list', '--all', '--all-users'];

async function measureList({ host }: Sandbox): Promise<Measurement> {
  const env = { ...process.env, ...host.environment };
  const docker = host.environment['DS01_DOCKER'] ?? 'docker';
  const pairs = await measurePairs({
    turns: pairsOfLists,
    warmUp: 2,
    left: () => run([process.execPath, ds01Program, ...listWords], env),
    right: () => run([docker, 'ps', '-a'], env),
  });
  return {
    name: 'list-over-docker-ps',
    ratio: ratioOf(pairs),
    budget: 2.5,
    raw: `daemon, ${String(containerCount)} containers: ${describePairs(pairs, ['ds01 container list', 'docker ps -a'])}`,
  };
}

/** Times of the same command without a daemon. */
function measureEmbeddedList({ host }: Sandbox): readonly number[] {
  const env = { ...process.env, ...host.environment };
  const list = () => run([process.execPath, ds01Program, ...listWords], env);
  return Array.from({ length: pairsOfLists + 2 }, list).slice(2);
}

/** Not in pairs: a host has a daemon or it hasn't. */
async function measureListOverEmbedded(
  { host }: Sandbox,
  embedded: readonly number[],
): Promise<Measurement> {
  const env = { ...process.env, ...host.environment };
  const list = () => run([process.execPath, ds01Program, ...listWords], env);
  const through = Array.from({ length: pairsOfLists }, list);
  const pairs = { left: through, right: embedded };
  return {
    name: 'list-over-embedded',
    ratio: ratioOf(pairs),
    budget: 1,
    raw: describePairs(pairs, ['through the daemon', 'embedded']),
  };
}

const memoryBudgetBytes = 150 * 1024 ** 2;

/** Resident memory of a daemon that knows all these containers and has answered for a while. */
function measureMemory(pid: number): Measurement {
  const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
  const residentKib = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
  return {
    name: 'daemon-memory',
    ratio: (residentKib * 1024) / memoryBudgetBytes,
    budget: 1,
    raw: `${(residentKib / 1024).toFixed(0)} of 150 MiB with ${String(containerCount)} containers`,
  };
}

function measureCalls({ host }: Sandbox): Measurement {
  const schema = z.object({ requests: z.array(z.array(z.string())).min(1) });
  const { requests } = measureInApp(schema, ['list-calls.ts'], host.environment);
  return {
    name: 'list-engine-calls',
    ratio: Math.max(...requests.map((one) => one.length)),
    budget: 1,
    raw: `${[...new Set(requests.flat())].join(', ')}, ${String(requests.length)} times`,
  };
}
