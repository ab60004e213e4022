import type { SteadyClock, UtilizationSource } from '@ds01/ports';
import { parseDcgmMetrics } from './dcgm-metrics.ts';

/** Where a dcgm-exporter is. */
export interface DcgmSourceOptions {
  /** Its metrics page, `http://127.0.0.1:9400/metrics`; `null` without one. */
  readonly url: string | null;
  readonly clock: Pick<SteadyClock, 'bootMs'>;
  /** Longest wait for an answer; 1 s unless given. */
  readonly timeoutMs?: number;
}

const defaultTimeoutMs = 1000;
/** One that fails isn't asked again for so long: it would hold up every look at the GPUs. */
const restMs = 10_000;
/** A server with eight divided GPUs and all metrics prints some 200 KiB. */
const maxBytes = 8 * 2 ** 20;

/**
 * Utilisation from NVIDIA's dcgm-exporter, which knows it for instances of MIG, too. Without one, when
 * it fails, or when it doesn't know a single GPU, nothing is known.
 */
export function createDcgmSource(options: DcgmSourceOptions): UtilizationSource {
  const { url, clock, timeoutMs = defaultTimeoutMs } = options;
  let restsUntilMs = Number.NEGATIVE_INFINITY;
  return {
    async percents(signal) {
      if (url === null || clock.bootMs() < restsUntilMs) return null;
      const late = AbortSignal.timeout(timeoutMs);
      try {
        const text = await read(url, signal === undefined ? late : AbortSignal.any([late, signal]));
        const percents = parseDcgmMetrics(text);
        return percents.length === 0 ? null : percents;
      } catch {
        // Whoever gave up asking learned nothing about the exporter.
        if (signal?.aborted !== true) restsUntilMs = clock.bootMs() + restMs;
        return null;
      }
    },
  };
}

async function read(url: string, signal: AbortSignal): Promise<string> {
  const answer = await fetch(url, { signal, redirect: 'error' });
  const body: AsyncIterable<Uint8Array> | null = answer.body;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new Error('too long');
    chunks.push(chunk);
  }
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  return Buffer.concat(chunks).toString('utf8');
}
