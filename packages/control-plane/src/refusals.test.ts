import { isDs01Error, type Ds01Error } from '@ds01/contracts';
import { expect, test } from 'vitest';
import type { DeployInput } from './deploy/input.ts';
import { deployed } from './testing/commands.ts';
import { gpu, host, migGpu } from './testing/gpus.ts';
import { bob } from './testing/people.ts';
import { createWorld, type WorldOptions } from './testing/world.ts';

/** A request that can't be granted, and what its refusal has to name. */
interface Refused {
  readonly code: string;
  readonly world?: WorldOptions;
  /** Containers that are there already; those of Bob hold GPUs that Alice might want. */
  readonly before?: readonly (Partial<DeployInput> & { readonly caller?: typeof bob })[];
  readonly wanted: Partial<DeployInput>;
  readonly says: readonly RegExp[];
}

const limits = (text: string): WorldOptions => ({
  limits: `defaults: { memory: 1g, memory_swap: 1g, shm_size: 64m, max_cpus: 1, ${text} }\n`,
});
const roomy = 'max_gpu_equivalents: 9, max_gpu_slots_per_container: 4, max_containers_per_user: 9';
const set = /is set in resource-limits\.yaml:1\b|The limit is set in [^.]*resource-limits\.yaml/;

const refusals: readonly Refused[] = [
  {
    code: 'gpu.none-free',
    world: { ...limits(roomy), gpus: host(gpu(0)) },
    before: [{ caller: bob }],
    wanted: {},
    says: [/0 by bob/],
  },
  {
    code: 'gpu.no-match',
    world: limits(roomy),
    wanted: { gpu: { kind: 'mig', profile: '7g.80gb', count: 1 } },
    says: [/7g\.80gb/],
  },
  {
    code: 'quota.gpu-exceeded',
    world: limits(`${roomy.replace('9', '1')}`),
    before: [{}],
    wanted: {},
    says: [/\b1\b/, set],
  },
  {
    code: 'quota.slots-per-container',
    world: limits(roomy.replace('container: 4', 'container: 1')),
    wanted: { gpu: { kind: 'whole', count: 2 } },
    says: [/\b2\b/, /\b1\b/, set],
  },
  {
    code: 'gpu.full-not-allowed',
    world: { ...limits(`${roomy}, allow_full_gpu: false`), gpus: host(gpu(0), migGpu(1)) },
    wanted: { gpu: { kind: 'whole', count: 1 } },
    says: [/whole GPU/i, set],
  },
  {
    code: 'quota.containers-exceeded',
    world: limits(roomy.replace('user: 9', 'user: 1')),
    before: [{ gpu: { kind: 'none' } }],
    wanted: { gpu: { kind: 'none' } },
    says: [/1 of 1 containers/, set],
  },
  {
    code: 'quota.memory-exceeded',
    world: limits(roomy),
    wanted: { memoryBytes: 2 ** 40 },
    says: [/1 TiB|1024 GiB|1t/i, /1 GiB|1g/i],
  },
  {
    code: 'image.not-found',
    world: limits(roomy),
    wanted: { image: null },
    says: [/--image/],
  },
];

async function refusalOf({ world, before = [], wanted }: Refused): Promise<Ds01Error> {
  const made = createWorld(world);
  for (const [index, options] of before.entries()) await deployed(made, `old-${index}`, options);
  const error: unknown = await deployed(made, 'thesis', wanted).then(
    () => null,
    (failure: unknown) => failure,
  );
  if (!isDs01Error(error)) throw new Error('it was not refused');
  return error;
}

test.each(refusals)('$code says what, why and what to type', async (refused) => {
  const error = await refusalOf(refused);
  expect(error.code).toBe(refused.code);
  for (const words of refused.says) expect(error.message).toMatch(words);
  expect(error.hint).toMatch(/^ds01 /);
  expect(error.message).toMatch(/[.!]$/);
});
