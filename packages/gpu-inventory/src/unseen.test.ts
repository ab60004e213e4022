import {
  isDs01Error,
  slotsOf,
  type GpuDevice,
  type GpuInventory,
  type Slot,
} from '@ds01/contracts';
import { describe, expect, test } from 'vitest';
import { createManualClock } from './fixtures/clocks.ts';
import { ampereHosts } from './fixtures/unseen/ampere-hosts.ts';
import { brokenHosts } from './fixtures/unseen/broken-hosts.ts';
import { migUuidOf, uuidOf, type SeenGpu, type SeenHost } from './fixtures/unseen/facts.ts';
import { newerHosts } from './fixtures/unseen/newer-hosts.ts';
import { answerOf, toolOf } from './fixtures/unseen/print.ts';
import { wholeHosts } from './fixtures/unseen/whole-hosts.ts';
import { createNvidiaSmiProbe } from './nvidia-smi-probe.ts';

async function readingOf(host: SeenHost): Promise<GpuInventory | null> {
  const probe = createNvidiaSmiProbe({
    path: '/usr/bin/nvidia-smi',
    timeoutMs: 1000,
    cacheMs: 0,
    clock: createManualClock(),
    run: toolOf(host),
  });
  return probe.read().catch((error: unknown) => {
    if (isDs01Error(error) && error.code === 'gpu.probe-failed') return null;
    throw error;
  });
}

const refusal = { stdout: '', stderr: 'Insufficient Permissions\n', code: 4 };

interface Verdict {
  readonly wrong: readonly string[];
  readonly unknown: readonly string[];
}

type Said = string | number | null | undefined;

/** Compares facts one by one; nothing said of a known fact is unknown, never wrong. */
function createJudge() {
  const wrong: string[] = [];
  const unknown: string[] = [];
  return {
    verdict: { wrong, unknown },
    check: (what: string, said: Said, truth: Said): void => {
      if ((said ?? null) === (truth ?? null)) return;
      const isUnknown = said === null || said === undefined || said === 'unknown';
      if (isUnknown) unknown.push(what);
      else wrong.push(`${what}: ${said}, not ${truth}`);
    },
  };
}

const bytes = (mebibytes: number | null | undefined): number | null =>
  mebibytes === null || mebibytes === undefined ? null : mebibytes * 1024 * 1024;

const modes = { Enabled: 'enabled', Disabled: 'disabled', 'N/A': 'unsupported' } as const;

function judge(host: SeenHost, inventory: GpuInventory | null): Verdict {
  const { verdict, check } = createJudge();
  if (inventory === null) return { wrong: [], unknown: ['everything'] };
  const present = host.gpus.filter(({ health }) => health !== 'lost');
  check('GPUs', inventory.devices.length, present.length);
  const lost = (inventory.notices ?? []).filter(({ kind }) => kind === 'lost');
  const isToldAbout = inventory.devices.length > 0;
  if (isToldAbout) check('lost GPUs', lost.length, host.gpus.length - present.length);
  for (const gpu of present) {
    const device = inventory.devices.find(({ uuid }) => uuid === uuidOf(gpu));
    const name = `GPU ${gpu.index}`;
    check(`${name} index`, device?.index, gpu.index);
    check(`${name} model`, device?.model, gpu.model.trim());
    check(`${name} bus`, device?.pciBusId, gpu.bus);
    check(`${name} memory`, device?.memoryBytes, bytes(gpu.memoryMiB));
    check(
      `${name} used`,
      device?.memoryUsedBytes,
      bytes(gpu.usedMiB === undefined ? 1 : gpu.usedMiB),
    );
    check(`${name} load`, device?.utilizationPercent, gpu.utilization ?? null);
    check(`${name} MIG`, device?.migMode, modes[gpu.mig ?? 'N/A']);
    check(`${name} health`, device?.health.state, gpu.health ?? 'healthy');
    check(`${name} processes`, device?.processes.length, gpu.processes?.length ?? 0);
    if (device !== undefined) judgeSlots(host, gpu, { device, check });
  }
  return verdict;
}

function judgeSlots(
  host: SeenHost,
  gpu: SeenGpu,
  { device, check }: { readonly device: GpuDevice; readonly check: CheckFact },
): void {
  const slots = slotsOf(device);
  const instances = gpu.instances ?? [];
  const count = gpu.mig === 'Enabled' ? instances.length : 1;
  check(`GPU ${gpu.index} slots`, slots.length, count);
  for (const [index, instance] of instances.entries()) {
    const uuid = migUuidOf(gpu, index, host.driver);
    const slot: Slot | undefined = slots.find((candidate) => candidate.uuid === uuid);
    const name = `${gpu.index}:${index}`;
    const [slices, of] = instance.share;
    const start = instance.placement?.split(':')[0];
    check(`${name} name`, slot?.slot, name);
    check(`${name} profile`, slot?.profile, instance.profile);
    check(`${name} memory`, slot?.memoryBytes, bytes(instance.memoryMiB));
    // What can't be known counts for more than it is, so that no quota is got round.
    const share = slot?.gpuEquivalents ?? null;
    check(`${name} share`, share !== null && share > slices / of ? null : share, slices / of);
    check(`${name} start`, slot?.memorySlices?.[0], start === undefined ? null : Number(start));
  }
}

/** Slots of one device that are one piece of silicon and don't show it, or the other way round. */
function hiddenSharing(device: GpuDevice): readonly string[] {
  const slots = slotsOf(device);
  return device.instances.flatMap(({ uuid, gpuInstanceId }, position) =>
    device.instances.slice(position + 1).flatMap((other) => {
      const [left, right] = [uuid, other.uuid].map((own) =>
        slots.find((slot) => slot.uuid === own),
      );
      const common = (left?.memorySlices ?? []).filter((at) => right?.memorySlices?.includes(at));
      const isOne = gpuInstanceId === other.gpuInstanceId;
      const isTwice = uuid === other.uuid;
      return isTwice || common.length > 0 !== isOne ? [`${left?.slot} and ${right?.slot}`] : [];
    }),
  );
}

type CheckFact = ReturnType<typeof createJudge>['check'];

const hosts = [...ampereHosts, ...newerHosts, ...wholeHosts, ...brokenHosts];
const small = hosts.filter(({ gpus }) => gpus.length <= 3);
const named = hosts.map((host) => [host.name, host] as const);

describe('of outputs that people have shown in public', () => {
  test.each(named)('%s: everything is read, and right', async (_, host) => {
    const inventory = await readingOf(host);
    const { wrong, unknown } = judge(host, inventory);
    expect([...wrong, ...(inventory?.devices.flatMap(hiddenSharing) ?? [])]).toEqual([]);
    expect(unknown).toEqual(host.unknown ?? []);
  });

  test.each(['-L', '-q -x', 'mig -lgi', 'mig -lgip', 'topo -m'])(
    'nothing is wrong when %s fails, or prints a remark before all else',
    async (call) => {
      for (const host of small) {
        const usual = answerOf(host, call);
        const remark = `nvidia-smi: a remark of no consequence\n${usual.stdout}`;
        for (const answer of [refusal, { ...usual, stdout: remark }]) {
          const answers = { ...host.answers, [call]: answer };
          const { wrong } = judge(host, await readingOf({ ...host, answers }));
          expect([host.name, wrong]).toEqual([host.name, []]);
        }
      }
    },
  );
});
