import { type FlagValues, switchFlag, textFlag } from '@ds01/command-line';
import { ds01Error, parseMemorySize, parseMigProfile, type GpuRequest } from '@ds01/contracts';

/**
 * The GPU request of a command line. Fails with `gpu.invalid-count`, `gpu.invalid-profile`,
 * `usage.invalid` for flags that exclude each other.
 */
export function gpuRequestOf(flags: FlagValues): GpuRequest {
  const count = textFlag(flags, 'gpus') ?? textFlag(flags, 'numGpus');
  if (textFlag(flags, 'numGpus') !== null && textFlag(flags, 'numGpus') !== count) {
    throw excluding(`--gpus ${count ?? ''}`, `--num-gpus ${textFlag(flags, 'numGpus') ?? ''}`);
  }
  const profile = textFlag(flags, 'mig');
  const model = textFlag(flags, 'gpuType');
  const memory = textFlag(flags, 'gpuMemory');
  if (switchFlag(flags, 'cpuOnly')) {
    if (count !== null || profile !== null || memory !== null || model !== null) {
      throw excluding('--cpu-only', 'a GPU flag');
    }
    return { kind: 'none' };
  }
  const wanted = {
    ...(model === null ? {} : { model }),
    ...(memory === null ? {} : { minMemoryBytes: memoryOf(memory) }),
  };
  if (profile !== null) {
    if (memory !== null) throw excluding('--mig', '--gpu-memory');
    return {
      kind: 'mig',
      profile: profileOf(profile),
      count: count === null ? 1 : countOf(count),
      ...(model === null ? {} : { model }),
    };
  }
  return count === null
    ? { kind: 'any', ...wanted }
    : { kind: 'whole', count: countOf(count), ...wanted };
}

function excluding(one: string, other: string) {
  return ds01Error('usage.invalid', {
    message: `${one} and ${other} exclude each other.`,
    hint: 'ds01 container deploy --help',
  });
}

function countOf(text: string): number {
  const count = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= 1024) return count;
  throw ds01Error('gpu.invalid-count', {
    message: `--gpus ${JSON.stringify(text)}: a whole number from 1 to 1024 is needed.`,
    hint: 'ds01 container deploy --help',
    details: { given: text },
  });
}

function profileOf(text: string): string {
  if (parseMigProfile(text) !== undefined) return text.trim().toLowerCase();
  throw ds01Error('gpu.invalid-profile', {
    message: `--mig ${JSON.stringify(text)} is no MIG profile such as 1g.10gb.`,
    hint: 'ds01 gpu status',
    details: { given: text },
  });
}

function memoryOf(text: string): number {
  const bytes = parseMemorySize(text);
  if (bytes !== undefined && bytes > 0) return bytes;
  throw ds01Error('usage.invalid', {
    message: `--gpu-memory ${JSON.stringify(text)} is no size such as 20g.`,
    hint: 'ds01 container deploy --help',
  });
}
