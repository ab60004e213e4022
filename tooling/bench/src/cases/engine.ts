import { containerIdSchema, signLabels } from '@ds01/contracts';
import { startSandbox, type Sandbox } from '@ds01/e2e';
import { createSigningKey } from '@ds01/store';
import { z } from 'zod';
import { measureInApp } from '../case-in-app.ts';
import type { BenchCase, Measurement } from '../measurement.ts';
import { ds01Program, run } from '../program.ts';
import { describePairs, measurePairs, ratioOf, undisturbed } from '../statistics.ts';

const containerCount = 200;
const createdAtOnce = 8;
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
  budgets: ['deploy-over-raw', 'list-over-docker-ps', 'list-engine-calls'],
  run: async () => {
    const say = (line: string): void => console.error(line);
    const config = { 'resource-limits.yaml': limits };
    await using sandbox = await startSandbox({ name: 'bench', gpus: 'h100x8', config, say });
    const deployed = measureDeploy(sandbox);
    await createContainers(sandbox);
    const listed = await measureList(sandbox);
    return [deployed, listed, measureCalls(sandbox)];
  },
};

function measureDeploy(sandbox: Sandbox): Measurement {
  const milliseconds = z.array(z.number());
  const schema = z.object({ deploy: milliseconds, raw: milliseconds, probe: milliseconds });
  const times = measureInApp(
    schema,
    ['deploy.ts', String(pairsOfDeploys)],
    sandbox.host.environment,
  );
  const pairs = { left: times.deploy, right: times.raw };
  return {
    name: 'deploy-over-raw',
    ratio: ratioOf(pairs),
    budget: 1.15,
    raw:
      `${describePairs(pairs, ['deploy', 'create and start'])}; ` +
      `${undisturbed(times.probe).toFixed(1)} ms more when the GPUs have to be read again`,
  };
}

/** Containers as DS01 makes them for many people, never started. */
async function createContainers({ engine, host }: Sandbox): Promise<void> {
  const key = createSigningKey({ directory: host.paths.stateDirectory });
  const create = async (index: number): Promise<void> => {
    const user = `user${String(index % 40)}`;
    const name = `job${String(index)}`;
    const id = await engine.createContainer({
      dockerName: `${name}._.${user}`,
      image: 'ds01/busybox:latest',
      command: null,
      env: ['NVIDIA_VISIBLE_DEVICES=void'],
      labels: signLabels(
        {
          user,
          uid: '42001',
          name,
          managed: 'true',
          image: 'ds01/busybox:latest',
          created_at: new Date().toISOString(),
        },
        key,
      ),
      user: '42001:42001',
      groupIds: [],
      workingDirectory: '/',
      hostname: name,
      tty: true,
      openStdin: true,
      deviceUuids: [],
      mounts: [],
      tmpfs: {},
      resources: {},
      logOptions: {},
      cgroupParent: null,
      capabilitiesDropped: ['ALL'],
      securityOptions: ['no-new-privileges'],
      init: true,
    });
    containerIdSchema.parse(id);
  };
  const queue = Array.from({ length: containerCount }, (_, index) => index);
  const worker = async (): Promise<void> => {
    for (let index = queue.shift(); index !== undefined; index = queue.shift()) await create(index);
  };
  await Promise.all(Array.from({ length: createdAtOnce }, worker));
}

async function measureList({ host }: Sandbox): Promise<Measurement> {
  const env = { ...process.env, ...host.environment };
  const docker = host.environment['DS01_DOCKER'] ?? 'docker';
  const list = [process.execPath, ds01Program, 'container', 'list', '--all', '--all-users'];
  const pairs = await measurePairs({
    turns: pairsOfLists,
    warmUp: 2,
    left: () => run(list, env),
    right: () => run([docker, 'ps', '-a'], env),
  });
  return {
    name: 'list-over-docker-ps',
    ratio: ratioOf(pairs),
    budget: 2.5,
    raw: `embedded, ${String(containerCount)} containers: ${describePairs(pairs, ['ds01 container list', 'docker ps -a'])}`,
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
