import { appendFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { routes, type RouteId } from '@ds01/contracts';
import { createAuditShares } from './audit-shares.ts';
import type { ServerLog } from '../log.ts';

/** A call that changes something, as the audit log keeps it. */
export interface AuditedCall {
  readonly requestId: string;
  readonly operation: RouteId;
  /** Who called, by the kernel's word or a token's. */
  readonly uid: number | null;
  /** Id of the token, and the address, by which they came over the network. */
  readonly token?: string;
  readonly address?: string;
  /** Name of who called, where they acted for somebody else. */
  readonly by?: string;
  /** For whom. */
  readonly user: string | null;
  /** The name of what it is about; `null` without. */
  readonly object: string | null;
  /** The account that it is about, where the call names one. */
  readonly account?: string;
}

/** Record of who changed what. */
export interface Audit {
  /**
   * Written before anything changes; the function that it gives writes the outcome. Of an account that
   * changes its own things without end it is only counted how often.
   */
  begin(call: AuditedCall): (outcome: string) => void;
}

const objectKeys = ['name', 'id', 'container', 'lease', 'group'] as const;
const longest = 200;

/** What a call with this input is about. */
export function aboutOf(
  input: Readonly<Record<string, unknown>>,
): Pick<AuditedCall, 'object' | 'account'> {
  const named = objectKeys.map((key) => input[key]).find((value) => typeof value === 'string');
  const { user } = input;
  return {
    object: typeof named === 'string' ? named.slice(0, longest) : null,
    ...(typeof user === 'string' ? { account: user.slice(0, longest) } : {}),
  };
}

/** A file grows to this size before it is set aside as `audit.jsonl.1`. */
const maxBytes = 64 * 1024 * 1024;

/** How often it is written how many calls of an account were left out. */
const toldEveryMs = 60_000;

/** Calls of an account that were left out since the last line about them. */
interface LeftOut {
  toldAtMs: number;
  calls: number;
  operations: Record<string, number>;
}

/**
 * An audit log of JSON lines in the state folder, readable by root alone. What an account does to its own
 * things has a share of it (see {@link createAuditShares}); what goes beyond is counted in lines
 * `left-out`, a minute apart. Acts of administrators, and in somebody's name, are always written.
 */
export function createAudit(
  stateDirectory: string,
  log: ServerLog,
  nowMs: () => number = Date.now,
): Audit {
  const path = join(stateDirectory, 'audit.jsonl');
  const shares = createAuditShares(nowMs);
  const leftOut = new Map<number, LeftOut>();
  const append = (record: Readonly<Record<string, unknown>>): void => {
    try {
      const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
      if (size > maxBytes) renameSync(path, `${path}.1`);
      appendFileSync(path, `${JSON.stringify(record)}\n`, { mode: 0o600 });
    } catch (error) {
      log.error('the audit log could not be written', { error: String(error), record });
    }
  };
  const tell = (uid: number, left: LeftOut): void => {
    if (left.calls === 0) return;
    const { calls, operations } = left;
    append({ time: iso(nowMs()), phase: 'left-out', uid, calls, operations });
    leftOut.set(uid, { toldAtMs: nowMs(), calls: 0, operations: {} });
  };
  const leaveOut = (uid: number, { operation }: AuditedCall): void => {
    const left = leftOut.get(uid) ?? { toldAtMs: -Infinity, calls: 0, operations: {} };
    leftOut.set(uid, left);
    left.calls += 1;
    left.operations[operation] = (left.operations[operation] ?? 0) + 1;
    if (nowMs() - left.toldAtMs >= toldEveryMs) tell(uid, left);
  };
  // What was left out last is told also where nothing comes after it.
  setInterval(() => {
    for (const [uid, left] of leftOut) {
      if (left.calls === 0) leftOut.delete(uid);
      else tell(uid, left);
    }
  }, toldEveryMs).unref();
  return {
    begin(call) {
      const { uid } = call;
      if (uid !== null && isShared(call) && !shares.take(uid)) {
        leaveOut(uid, call);
        return () => undefined;
      }
      const startedMs = nowMs();
      append({ time: iso(startedMs), phase: 'begin', ...call });
      return (outcome) => {
        const endedMs = nowMs();
        const durationMs = endedMs - startedMs;
        append({ time: iso(endedMs), phase: 'end', ...call, outcome, durationMs });
      };
    },
  };
}

/** Whether a call is one of those that an account has a share for: its own, about what is its own. */
function isShared({ uid, by, operation }: AuditedCall): boolean {
  return uid !== 0 && by === undefined && routes[operation].role !== 'admin';
}

function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}
