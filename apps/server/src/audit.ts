import { appendFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { RouteId } from '@ds01/contracts';
import type { ServerLog } from './log.ts';

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
  /** Written before anything changes; the function that it gives writes the outcome. */
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

/** An audit log of JSON lines in the state folder, readable by root alone. */
export function createAudit(stateDirectory: string, log: ServerLog): Audit {
  const path = join(stateDirectory, 'audit.jsonl');
  const append = (record: Readonly<Record<string, unknown>>): void => {
    try {
      const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
      if (size > maxBytes) renameSync(path, `${path}.1`);
      appendFileSync(path, `${JSON.stringify(record)}\n`, { mode: 0o600 });
    } catch (error) {
      log.error('the audit log could not be written', { error: String(error), record });
    }
  };
  return {
    begin(call) {
      const startedMs = Date.now();
      append({ time: new Date(startedMs).toISOString(), phase: 'begin', ...call });
      return (outcome) => {
        const nowMs = Date.now();
        const time = new Date(nowMs).toISOString();
        append({ time, phase: 'end', ...call, outcome, durationMs: nowMs - startedMs });
      };
    },
  };
}
