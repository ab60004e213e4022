import { cudaOfDriver, cudaSupport, firstCudaFor, fullDriverFor, oldestDriverFor } from './cuda.ts';
import type { CatalogueEntry } from './entry.ts';
import { generationOf, parseGpuArchitecture, type GpuArchitecture } from './gpu-architecture.ts';
import { compareVersions } from './version.ts';

/** What is known of the machine that an image shall run on. */
export interface HostGpus {
  /** Of the NVIDIA driver, `535.183.01`; `null` without. */
  readonly driverVersion: string | null;
  /** Generations of its GPUs; empty when that is unknown. */
  readonly architectures?: readonly GpuArchitecture[];
}

/** Whether an image runs on a machine. */
export interface BaseJudgement {
  /** `null`: nobody can tell, or it runs, but without a GPU. */
  readonly runs: boolean | null;
  /** Why not, or why that is unknown; `null` when it runs. */
  readonly reason: string | null;
  /** What doesn't work though it runs; `null` when all does. */
  readonly note: string | null;
}

const judge = (runs: boolean | null, reason: string | null, note: string | null = null) => ({
  runs,
  reason,
  note,
});

/** Older than every GPU of the host, or the same: made for newer ones is something else. */
function isMadeFor(entry: CatalogueEntry, hosts: readonly GpuArchitecture[]): boolean {
  if (entry.architectures.length === 0 || hosts.length === 0) return true;
  return hosts.some((host) =>
    entry.architectures.some((name) => {
      const made = parseGpuArchitecture(name);
      return made === null
        ? generationOf(host) < generationOf('ampere')
        : generationOf(made) <= generationOf(host);
    }),
  );
}

function judgeGpus(cuda: string, hosts: readonly GpuArchitecture[]): BaseJudgement | null {
  const failing = hosts.filter((host) => cudaSupport(cuda, host) !== 'works');
  const [first] = failing;
  if (first === undefined) return null;
  const why =
    cudaSupport(cuda, first) === 'dropped'
      ? `CUDA ${cuda} no longer knows ${first} GPUs`
      : `CUDA ${cuda} is older than ${first} GPUs, which need ${firstCudaFor(first)} or newer`;
  return failing.length === hosts.length
    ? judge(false, why)
    : judge(true, null, `not on every GPU of this server: ${why}`);
}

function judgeCuda(cuda: string, driver: string, hosts: readonly GpuArchitecture[]): BaseJudgement {
  const oldest = oldestDriverFor(cuda);
  if (oldest === null) return judge(null, `which driver CUDA ${cuda} needs is not known here`);
  if (compareVersions(driver, oldest) < 0) {
    const most = cudaOfDriver(driver);
    const newest = most === null ? '' : `, which runs CUDA ${most}`;
    return judge(
      false,
      `CUDA ${cuda} needs driver ${oldest} or newer; this server has ${driver}${newest}`,
    );
  }
  const gpus = judgeGpus(cuda, hosts);
  if (gpus !== null) return gpus;
  const full = fullDriverFor(cuda);
  if (full === null || compareVersions(driver, full) >= 0) return judge(true, null);
  const note = `kernels that are compiled at run time (PTX) need driver ${full} or newer; this server has ${driver}`;
  return judge(true, null, note);
}

/**
 * Whether a base image runs on a machine: by the driver that its CUDA version needs, and the GPUs
 * that this CUDA version knows. On a machine without a driver an image with CUDA still starts, just
 * without a GPU: `runs` is `null` then. Images for AMD's GPUs don't run on NVIDIA's.
 */
export function judgeBase(entry: CatalogueEntry, host: HostGpus): BaseJudgement {
  const hosts = host.architectures ?? [];
  const hasNvidia = host.driverVersion !== null || hosts.length > 0;
  if (entry.accelerator === 'none') return judge(true, null);
  if (entry.accelerator === 'rocm') {
    return hasNvidia
      ? judge(false, 'it is made for AMD GPUs (ROCm); this server has NVIDIA’s')
      : judge(null, 'whether this server has AMD GPUs is not known');
  }
  if (host.driverVersion === null) {
    return judge(null, 'this server has no NVIDIA driver: it runs, but without a GPU');
  }
  if (cudaOfDriver(host.driverVersion) === null) {
    return judge(null, `which CUDA driver ${host.driverVersion} runs is not known here`);
  }
  if (entry.cuda === null) return judge(null, 'which CUDA version is inside is not known');
  const judgement = judgeCuda(entry.cuda, host.driverVersion, hosts);
  if (judgement.runs !== true || isMadeFor(entry, hosts)) return judgement;
  return judge(
    null,
    `it is made for ${entry.architectures.join(', ')} GPUs, this server has ${hosts.join(', ')}`,
  );
}
