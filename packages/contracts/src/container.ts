import { z } from 'zod';
import { slotIdSchema } from './gpu.ts';
import { containerIdSchema, leaseIdSchema } from './lease.ts';

/** Where a container is in its life. */
export const containerStateSchema = z.enum(['created', 'running', 'paused', 'stopped', 'removed']);
/** State of a container. */
export type ContainerState = z.infer<typeof containerStateSchema>;

/** The door that a container came in by. */
export const containerInterfaceSchema = z.enum([
  'orchestration',
  'atomic',
  'api',
  'docker',
  'compose',
  'devcontainer',
  'unknown',
]);
/** The door that a container came in by. */
export type ContainerInterface = z.infer<typeof containerInterfaceSchema>;

const instantSchema = z.iso.datetime().nullable();

/** A container as every list and result shows it. Times are RFC 3339 UTC. */
export const containerSummarySchema = z.object({
  name: z.string(),
  dockerName: z.string(),
  id: containerIdSchema,
  /** `null` when it belongs to nobody known. */
  user: z.string().nullable(),
  state: containerStateSchema,
  image: z.string(),
  project: z.string().nullable(),
  interface: containerInterfaceSchema,
  slots: z.array(slotIdSchema),
  gpuEquivalents: z.number(),
  createdAt: instantSchema,
  startedAt: instantSchema,
  /** When DS01 will stop it or take its GPU back; `null` when nothing is planned. */
  stopsAt: instantSchema,
  stopReason: z.string().nullable(),
});
/** A container as every list and result shows it. */
export type ContainerSummary = z.infer<typeof containerSummarySchema>;

/** A lease as commands print it. */
export const leaseSummarySchema = z.object({
  id: leaseIdSchema,
  user: z.string().nullable(),
  state: z.string(),
  slots: z.array(slotIdSchema),
  uuids: z.array(z.string()),
  gpuEquivalents: z.number(),
  createdAt: z.iso.datetime(),
  expiresAt: instantSchema,
});
/** A lease as commands print it. */
export type LeaseSummary = z.infer<typeof leaseSummarySchema>;
