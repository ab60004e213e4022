import { ds01Error, formatBytes, parseMemorySize } from '@ds01/contracts/core';
import { textFlag, type FlagValues } from '@ds01/command-line';

/** What is asked of the machine besides GPUs; `null` where nothing was said. */
export interface ResourceFlags {
  readonly cpus: number | null;
  readonly memoryBytes: number | null;
  readonly shmSizeBytes: number | null;
  readonly network: 'private' | 'none' | 'host';
}

/** The engine takes no less memory for a container. */
const leastMemoryBytes = 6 * 1024 ** 2;

/**
 * `--cpus`, `--memory`, `--shm-size` and `--network` of a command line; sizes are powers of 1024, as
 * Docker reads them. Whether they are within the owner's limits is decided later. Fails with
 * `usage.invalid`.
 */
export function resourcesOf(flags: FlagValues): ResourceFlags {
  return {
    cpus: cpusOf(textFlag(flags, 'cpus')),
    memoryBytes: sizeOf('--memory', textFlag(flags, 'memory'), leastMemoryBytes),
    shmSizeBytes: sizeOf('--shm-size', textFlag(flags, 'shmSize'), 1),
    network: networkOf(textFlag(flags, 'network')),
  };
}

function cpusOf(text: string | null): number | null {
  if (text === null) return null;
  const cpus = /^(?:\d{1,5}(?:\.\d{0,9})?|\.\d{1,9})$/.test(text) ? Number(text) : 0;
  if (cpus >= 0.01) return cpus;
  throw invalid(`--cpus ${JSON.stringify(text)} is no number of CPUs such as 4 or 0.5.`);
}

function sizeOf(flag: string, text: string | null, leastBytes: number): number | null {
  if (text === null) return null;
  const bytes = parseMemorySize(text);
  if (bytes === undefined) throw invalid(`${flag} ${JSON.stringify(text)} is no size such as 16g.`);
  if (bytes >= leastBytes) return bytes;
  const unit = /^\d+$/.test(text.trim())
    ? ` Without a unit it is bytes; ${text.trim()}g is GiB.`
    : '';
  throw invalid(`${flag} ${text}: at least ${formatBytes(leastBytes)} is needed.${unit}`);
}

function networkOf(text: string | null): ResourceFlags['network'] {
  if (text === null) return 'private';
  if (text === 'private' || text === 'none' || text === 'host') return text;
  throw invalid(`--network ${JSON.stringify(text)}: there are private, none and host.`);
}

function invalid(message: string) {
  return ds01Error('usage.invalid', { message, hint: 'ds01 container deploy --help' });
}
