import { isDs01Error, type GpuInventory } from '@ds01/contracts';
import type { Clock, GpuProbe } from '@ds01/ports';
import { outputOf } from './command-output.ts';
import type { DeviceList } from './device-list.ts';
import { parseGpuInstances, type GpuInstanceRow } from './gpu-instances.ts';
import { joinInventory } from './join-inventory.ts';
import { probeFailure } from './probe-failure.ts';
import { parseQueryXml } from './query-xml.ts';
import { createCommandRunner, type CommandRunner } from './run-command.ts';
import { readDeviceList } from './read-list.ts';
import { createSharedReading } from './shared-reading.ts';
import { describeEach, type DescribedEach } from './describe-each.ts';
import { createListCache } from './list-cache.ts';
import type { KernelLog } from './kernel-log.ts';
import { parseComputeSlices } from './gpu-instance-profiles.ts';
import { parseTopology } from './topology.ts';

/** A probe that runs programs. */
export interface NvidiaSmiProbe extends GpuProbe {
  /** Ends the programs that still run; readings that wait for them fail, and later ones too. */
  close(): void;
}

/** What {@link createNvidiaSmiProbe} needs. */
export interface NvidiaSmiProbeOptions {
  /** Absolute path of `nvidia-smi`. */
  readonly path: string;
  /** Bound of each single call; a reading takes at most three of them. */
  readonly timeoutMs: number;
  /** How long a reading may serve further callers, counted from its start; 0 for not at all. */
  readonly cacheMs: number;
  readonly clock: Clock;
  /** How `nvidia-smi` is run; by default as a bounded process. */
  readonly run?: CommandRunner;
  /** Where Xid errors are logged; without, they go unseen. */
  readonly kernelLog?: KernelLog;
}

const maxOutputBytes = 16 * 1024 * 1024;

/** Untranslated output, and a search path for installations that are a script. */
const environment = {
  LC_ALL: 'C',
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
} as const;

function translate(error: unknown): never {
  if (isDs01Error(error)) throw error;
  throw probeFailure('The GPUs could not be read.', {}, error);
}

/**
 * A probe that asks `nvidia-smi`. Everything it can't make sure of becomes `null`, `unknown` health
 * or a `gpu.probe-failed` error with the hint `ds01 doctor`: a hanging, failing, missing or
 * contradictory `nvidia-smi` never yields a device that looks usable. No GPUs is an empty inventory.
 * An aborted caller gets `operation.interrupted`.
 */
export function createNvidiaSmiProbe(options: NvidiaSmiProbeOptions): NvidiaSmiProbe {
  const { path, timeoutMs, cacheMs, clock } = options;
  const ending = new AbortController();
  const { signal } = ending;
  const bounds = { path, timeoutMs, maxOutputBytes, environment, clock, signal };
  const run = options.run ?? createCommandRunner(bounds);
  const ask = (...args: string[]): Promise<string> => outputOf(run, path, args);
  const topologyOf = createListCache({
    read: async () => parseTopology(await ask('topo', '-m')),
    clock,
  });
  const computeSlicesOf = createListCache({
    read: async () => parseComputeSlices(await ask('mig', '-lgip')),
    clock,
  });

  const isDivided = (list: DeviceList): boolean =>
    list.devices.some((device) => device.migDevices.length > 0);

  const readGpuInstances = async (list: DeviceList): Promise<readonly GpuInstanceRow[] | null> => {
    if (!isDivided(list)) return [];
    try {
      return parseGpuInstances(await ask('mig', '-lgi'));
    } catch {
      return null;
    }
  };

  const readHost = async (listed: Promise<DeviceList>): Promise<DescribedEach> => {
    try {
      return { host: parseQueryXml(await ask('-q', '-x')), undescribed: new Map() };
    } catch (error) {
      if (isDs01Error(error) && error.details['outcome'] === 'timed-out') throw error;
      const each = await describeEach(await listed, ask);
      if (each === null) throw error;
      return each;
    }
  };

  const readInventory = async (): Promise<GpuInventory> => {
    const list = readDeviceList(ask);
    const described = readHost(list);
    const gpuInstances = list.then(readGpuInstances);
    const topology = list.then(topologyOf);
    const computeSlices = list.then((known) => (isDivided(known) ? computeSlicesOf(known) : null));
    // Also a failed reading waits for its programs, so that retries don't pile up.
    await Promise.allSettled([list, described, gpuInstances, topology, computeSlices]);
    return joinInventory({
      list: await list,
      ...(await described),
      gpuInstances: await gpuInstances,
      topology: await topology,
      computeSlices: await computeSlices,
      // Read last, so that an Xid can't be older than what is known of its device.
      ...(options.kernelLog === undefined ? {} : { kernel: options.kernelLog.read() }),
    });
  };

  const read = createSharedReading({
    read: () => readInventory().catch(translate),
    cacheMs,
    clock,
    tooSlow: (patienceMs) =>
      probeFailure(`nvidia-smi did not answer within ${patienceMs} ms.`, { path, outcome: 'slow' }),
  });
  return { read, close: () => ending.abort() };
}
