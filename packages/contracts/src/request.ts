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
