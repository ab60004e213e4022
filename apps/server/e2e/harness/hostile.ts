import { readFileSync, readdirSync } from 'node:fs';
import { z } from 'zod';
import type { NetworkTarget } from './callers.ts';
import { hostileScript } from './hostile-script.ts';
import type { DaemonSandbox } from './use-sandbox.ts';

/** What nobody should do. */
export type Attack =
  | {
      readonly kind: 'body';
      readonly path: string;
      readonly bytes: number;
      readonly chunked: boolean;
    }
  | {
      readonly kind: 'begin';
      readonly count: number;
      /** What each sends; `HEAD` stands for the headers of whoever attacks. */
      readonly text: string;
      readonly waitMs: number;
      readonly halfClose: boolean;
      /** Goes on with a byte so often. */
      readonly everyMs?: number;
    }
  | { readonly kind: 'streams'; readonly count: number; readonly path: string };

const outcomeSchema = z.object({
  /** How many were answered with each status; 0 is not at all. */
  statuses: z.record(z.string(), z.int()),
  /** Connections that the server left open. */
  open: z.int(),
  status: z.int().optional(),
  sent: z.int().optional(),
});

/** Attacks the daemon from a process of this person; the largest resident size meanwhile is told. */
export async function attack(
  sandbox: DaemonSandbox,
  who: string,
  given: Attack & { readonly target?: NetworkTarget; readonly token?: string },
): Promise<z.infer<typeof outcomeSchema> & { readonly rssBytes: number }> {
  const { target, token, ...rest } = given;
  const stdin = JSON.stringify({
    target: target ?? { socketPath: sandbox.daemon.socketPath },
    head: token === undefined ? '' : `authorization: Bearer ${token}\r\n`,
    attack: rest,
  });
  const running = sandbox.start([sandbox.programs.node, '-e', hostileScript], {
    ...(who === 'root' ? {} : { user: who }),
    stdin,
    timeoutMs: 110_000,
  });
  let rssBytes = rssOf(sandbox);
  const watch = setInterval(() => {
    rssBytes = Math.max(rssBytes, rssOf(sandbox));
  }, 20);
  try {
    const outcome = await running.done;
    if (outcome.code !== 0) throw new Error(outcome.stderr);
    return { ...outcome.json(outcomeSchema), rssBytes: Math.max(rssBytes, rssOf(sandbox)) };
  } finally {
    clearInterval(watch);
  }
}

/** Resident size of the daemon now. */
export function rssOf({ daemon }: DaemonSandbox): number {
  const status = readFileSync(`/proc/${String(nodeOf(daemon.pid()))}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
}

/** Descriptors that the daemon has open now. */
export function descriptorsOf({ daemon }: DaemonSandbox): number {
  return readdirSync(`/proc/${String(nodeOf(daemon.pid()))}/fd`).length;
}

/** The daemon itself, below what entered its namespaces. */
function nodeOf(pid: number): number {
  const comm = readFileSync(`/proc/${String(pid)}/comm`, 'utf8').trim();
  const [child] = readFileSync(`/proc/${String(pid)}/task/${String(pid)}/children`, 'utf8')
    .trim()
    .split(' ')
    .filter((text) => text !== '')
    .map(Number);
  const isNode = comm === 'node' || comm === 'MainThread' || comm.startsWith('ds01d');
  return isNode || child === undefined ? pid : nodeOf(child);
}
