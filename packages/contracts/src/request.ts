import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { z } from 'zod';
import { slotUuidSchema } from './gpu.ts';

const modelSchema = z.string().min(1).max(120);
const memorySchema = z.int().positive();

/**
 * What a person asks of the GPUs. `any` is the plain request: one slot, the largest free one that
 * they may have. `exact` names the devices of an existing container that is started again.
 */
export const gpuRequestSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({
    kind: z.literal('any'),
    minMemoryBytes: memorySchema.optional(),
    model: modelSchema.optional(),
  }),
  z.strictObject({
    kind: z.literal('whole'),
    count: z.int().min(1).max(1024),
    minMemoryBytes: memorySchema.optional(),
    model: modelSchema.optional(),
  }),
  z.strictObject({
    kind: z.literal('mig'),
    profile: z.string().min(1).max(40),
    count: z.int().min(1).max(1024),
    model: modelSchema.optional(),
  }),
  z.strictObject({ kind: z.literal('exact'), uuids: z.array(slotUuidSchema).min(1) }),
]);
/** A request for GPUs. See {@link gpuRequestSchema}. */
export type GpuRequest = z.infer<typeof gpuRequestSchema>;

/** What makes two deploy requests the same. Lists keep their order; absent is `null`. */
export const deployRequestSchema = z.strictObject({
  image: z.string(),
  workspace: z.string(),
  project: z.string().nullable(),
  gpu: gpuRequestSchema,
  env: z.record(z.string(), z.string()),
  command: z.array(z.string()).nullable(),
});
/** What makes two deploy requests the same. See {@link deployRequestSchema}. */
export type DeployRequest = z.infer<typeof deployRequestSchema>;

/** One text per request, whatever the order of its keys. */
export function canonicalRequestOf(request: DeployRequest): string {
  return JSON.stringify(sorted(request));
}

/** Hash of a canonical request, the value of the label `ds01.request`. */
export function requestHashOf(canonical: string): string {
  return bytesToHex(sha256(utf8ToBytes(canonical)));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}
