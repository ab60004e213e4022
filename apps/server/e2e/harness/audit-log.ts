import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { routeIds } from '@ds01/contracts';
import type { Sandbox } from '@ds01/e2e';
import { expect } from 'vitest';
import { z } from 'zod';

const auditRecordSchema = z.strictObject({
  time: z.iso.datetime(),
  phase: z.enum(['begin', 'end']),
  requestId: z.string().regex(/^[0-9a-f]{16}$/),
  operation: z.enum(routeIds),
  uid: z.int(),
  token: z.string().optional(),
  address: z.string().optional(),
  by: z.string().optional(),
  user: z.string(),
  object: z.string().nullable(),
  account: z.string().optional(),
  outcome: z.string().optional(),
  durationMs: z.number().optional(),
});

/** One line of the audit log. */
export type AuditRecord = z.infer<typeof auditRecordSchema>;

/** The text of the audit log. */
export function auditText(sandbox: Sandbox): string {
  return readFileSync(join(sandbox.host.paths.stateDirectory, 'audit.jsonl'), 'utf8');
}

/** How often somebody changed their own things beyond what is written of each call. */
const leftOutSchema = z.strictObject({
  time: z.iso.datetime(),
  phase: z.literal('left-out'),
  uid: z.int(),
  calls: z.int().positive(),
  operations: z.record(z.string(), z.int()),
});

/** The lines of the audit log about a call, each checked. */
export function auditOf(sandbox: Sandbox): readonly AuditRecord[] {
  return auditText(sandbox)
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line))
    .filter((line) => !leftOutSchema.safeParse(line).success)
    .map((line) => auditRecordSchema.parse(line));
}

/** What the daemon logged, each line checked to be a JSON object with what every line has. */
export function logOf(text: string): readonly Readonly<Record<string, unknown>>[] {
  const lineSchema = z.looseObject({
    time: z.iso.datetime(),
    level: z.enum(['debug', 'info', 'warn', 'error']),
    message: z.string(),
  });
  return text
    .trimEnd()
    .split('\n')
    .map((line) => lineSchema.parse(JSON.parse(line)));
}

/** Every call that was begun has ended, once, with the outcome that the request's log line has. */
export function expectAudited(sandbox: Sandbox, log: string): void {
  const records = auditOf(sandbox);
  const begun = records.filter(({ phase }) => phase === 'begin');
  const ended = records.filter(({ phase }) => phase === 'end');
  const ids = (given: readonly AuditRecord[]) => given.map(({ requestId }) => requestId).toSorted();
  expect(ids(ended)).toEqual(ids(begun));
  expect(new Set(ids(begun)).size).toBe(begun.length);
  const logged = new Map(
    logOf(log)
      .filter(({ message }) => message === 'request')
      .map((line) => [line['requestId'], line]),
  );
  for (const { requestId, operation, user, outcome } of ended) {
    const line = logged.get(requestId);
    if (line === undefined) continue;
    expect(line).toMatchObject({ operation, user, code: outcome });
    expect(line['durationMs']).toBeTypeOf('number');
  }
}
