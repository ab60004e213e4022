import { existsSync, statSync } from 'node:fs';
import {
  containersOutputSchema,
  errorOutputSchema,
  gpuStatusOutputSchema,
  type GpuStatusOutput,
} from '@ds01/contracts';
import type { Sandbox } from '@ds01/e2e';
import { claim, found } from './claim.ts';
import type { Stage } from './stage.ts';

/** Configuration that the demo runs with: what a student of the demo's site may have. */
export const demoConfig: Readonly<Record<string, string>> = {
  'resource-limits.yaml': `defaults:
  max_gpu_equivalents: 2
  max_gpu_slots_per_container: 2
  max_cpus: 1
  memory: 512m
  memory_swap: 512m
  shm_size: 64m
  pids_limit: 256
  gpu_hold_after_stop_h: 0.25
policies:
  sigterm_grace_s: 1
default_group: student
groups:
  student:
    members: [alice, bob, carol]
`,
};

const image = ['--image', 'ds01/busybox', '--background'];
const memoryBytes = 512 * 1024 ** 2;

/** Tells the story and checks each of its claims; fails with the first that doesn't hold. */
export async function tellStory(stage: Stage, sandbox: Sandbox): Promise<void> {
  stage.heading('1. The GPUs of this server');
  await stage.run({ words: ['gpu', 'status'] });
  const before = await stage.ask(['gpu', 'status'], gpuStatusOutputSchema);
  claim('every GPU is free', before.totals.free === before.totals.gpuEquivalents);

  await showDeploy(stage, sandbox);
  await showOthers(stage);
  await showStopAndStart(stage);

  stage.heading('6. Done: the GPUs go back, the files stay');
  await stage.run({ user: 'alice', words: ['container', 'retire', 'thesis', '--yes'] });
  await stage.run({ user: 'bob', words: ['container', 'retire', 'lab', '--yes'] });
  const file = sandbox.homePath('/home/alice/workspace/thesis/model.txt');
  claim("alice's file is still there", existsSync(file));
  await stage.run({ words: ['gpu', 'status'] });
  const after = await stage.ask(['gpu', 'status'], gpuStatusOutputSchema);
  claim('the GPUs are as they were at first', JSON.stringify(after) === JSON.stringify(before));
  const words = ['container', 'list', '--all', '--all-users'];
  const { containers } = await stage.ask(words, containersOutputSchema);
  claim('no container is left', containers.length === 0);
}

async function showDeploy(stage: Stage, sandbox: Sandbox): Promise<void> {
  stage.heading('2. alice gets a container with a GPU of her own');
  await stage.run({ user: 'alice', words: ['container', 'deploy', 'thesis', ...image] });
  const uuid = await uuidOf(stage, 'alice');
  const inside = (...command: string[]) =>
    stage.run({ user: 'alice', words: ['container', 'exec', 'thesis', '--', ...command] });

  stage.heading('3. What she sees inside: that GPU, her limits, her files');
  const seen = (await inside('nvidia-smi', '-L')).stdout.match(/(?:GPU|MIG)-[0-9a-f-]+/g);
  claim('exactly the leased GPU is seen inside', seen?.join() === uuid);
  const limits = (await inside('cat', ...limitFiles())).stdout.trim().split('\n');
  claim('the memory limit holds inside', limits[0] === String(memoryBytes));
  claim('the limit of processes holds inside', limits[1] === '256');
  await inside('sh', '-c', 'id -u; echo weights > model.txt; ls -l');
  const { uid } = statSync(sandbox.homePath('/home/alice/workspace/thesis/model.txt'));
  claim('what she wrote belongs to her', uid !== 0);
}

async function showOthers(stage: Stage): Promise<void> {
  stage.heading(
    '4. bob gets another GPU and sees his own; what cannot be met is refused with the reason',
  );
  await stage.run({ user: 'bob', words: ['container', 'deploy', 'lab', ...image] });
  claim(
    'bob has another GPU than alice',
    (await uuidOf(stage, 'bob')) !== (await uuidOf(stage, 'alice')),
  );
  await stage.run({ user: 'bob', words: ['container', 'list', '--all'] });
  await stage.run({ user: 'bob', words: ['container', 'stop', 'thesis'], exits: 3 });
  const words = ['container', 'deploy', 'big', '--gpus', '2', ...image];
  await stage.run({ user: 'carol', words, exits: 5 });
  const { error } = await stage.ask([...words, '--dry-run'], errorOutputSchema, 'carol');
  claim('the reason is that too few GPUs are free', error.code === 'gpu.none-free');
  await stage.run({ words: ['gpu', 'status'] });
}

async function showStopAndStart(stage: Stage): Promise<void> {
  stage.heading('5. Stopped, her GPU stays hers for a while; started again, it is the same one');
  const uuid = await uuidOf(stage, 'alice');
  await stage.run({ user: 'alice', words: ['container', 'stop', 'thesis'] });
  const held = await slotsOf(stage, 'alice');
  claim('the GPU is held for alice', held[0]?.state === 'held' && held[0].uuid === uuid);
  await stage.run({ user: 'alice', words: ['container', 'start', 'thesis'] });
  claim('it is the same GPU', (await uuidOf(stage, 'alice')) === uuid);
}

/** Where a container reads its own memory and process limits. */
function limitFiles(): readonly string[] {
  const root = '/sys/fs/cgroup';
  return existsSync(`${root}/cgroup.controllers`)
    ? [`${root}/memory.max`, `${root}/pids.max`]
    : [`${root}/memory/memory.limit_in_bytes`, `${root}/pids/pids.max`];
}

type Slot = GpuStatusOutput['devices'][number]['slots'][number];

async function slotsOf(stage: Stage, user: string): Promise<readonly Slot[]> {
  const words = ['gpu', 'status', '--mine'];
  const { devices } = await stage.ask(words, gpuStatusOutputSchema, user);
  return devices.flatMap((device) => device.slots);
}

async function uuidOf(stage: Stage, user: string): Promise<string> {
  return found(`GPU of ${user}`, (await slotsOf(stage, user))[0]).uuid;
}
