import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { z } from 'zod';
import { containerNetworkSchema, mountedFolderSchema } from './container-mounts.ts';
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

const limitSchema = z.number().positive().nullable().default(null);

/**
 * What makes two deploy requests the same. Lists keep their order; absent is `null`. Keys with a
 * default are missing in requests that were stored before there was such a key.
 */
export const deployRequestSchema = z.strictObject({
  image: z.string(),
  workspace: z.string(),
  project: z.string().nullable(),
  gpu: gpuRequestSchema,
  env: z.record(z.string(), z.string()),
  command: z.array(z.string()).nullable(),
  data: z.array(mountedFolderSchema).default([]),
  ports: z
    .array(
      z.strictObject({
        containerPort: z.int(),
        protocol: z.enum(['tcp', 'udp']),
        hostPort: z.int().nullable(),
      }),
    )
    .default([]),
  /** Never the bytes: an HMAC-SHA-256 of them under a key that only the control plane reads. */
  secrets: z.array(z.strictObject({ name: z.string(), hmac: z.string() })).default([]),
  network: containerNetworkSchema.default('private'),
  cpus: limitSchema,
  memoryBytes: limitSchema,
  shmSizeBytes: limitSchema,
});
/** What makes two deploy requests the same. See {@link deployRequestSchema}. */
export type DeployRequest = z.infer<typeof deployRequestSchema>;

/** Values that leave a key out of the text, so that older requests keep their hash. */
const silent: Readonly<Partial<Record<keyof DeployRequest, string>>> = {
  data: '[]',
  ports: '[]',
  secrets: '[]',
  network: '"private"',
  cpus: 'null',
  memoryBytes: 'null',
  shmSizeBytes: 'null',
};

/** One text per request, whatever the order of its keys; keys of later times only if they say something. */
export function canonicalRequestOf(request: DeployRequest): string {
  const said = Object.fromEntries(
    deployRequestSchema
      .keyof()
      .options.filter((key) => JSON.stringify(request[key]) !== silent[key])
      .map((key) => [key, request[key]]),
  );
  return JSON.stringify(sorted(said));
}

/** HMAC-SHA-256 of a secret in hexadecimal, for {@link deployRequestSchema}. */
export function secretFingerprintOf(bytes: Uint8Array, key: Uint8Array): string {
  return bytesToHex(hmac(sha256, key, bytes));
}

/** Where a data folder is mounted when nobody says where: `/data/<its last part>`. */
export function defaultDataTarget(folder: string): string {
  return `/data/${folder.split('/').findLast((part) => part !== '') ?? ''}`;
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
