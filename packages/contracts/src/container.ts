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

/**
 * From what the owner of a container is known: `signed` for DS01's own, whose labels are believed.
 * Of any other, in this order: a `label` of the predecessor, Docker's `name` with a uid, a
 * `home-folder` that is mounted, the folder of a `compose` project; `administrator` when one said so,
 * which wins. `contradictory`, `infrastructure` and `none` leave it to nobody.
 */
export const ownerEvidenceSchema = z.enum([
  'signed',
  'label',
  'name',
  'home-folder',
  'compose',
  'administrator',
  'contradictory',
  'infrastructure',
  'none',
]);
/** From what the owner of a container is known. */
export type OwnerEvidence = z.infer<typeof ownerEvidenceSchema>;

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
  /** Made by DS01. One that isn't was made with Docker itself; `dockerName` is its unique name. */
  managed: z.boolean(),
  slots: z.array(slotIdSchema),
  gpuEquivalents: z.number(),
  createdAt: instantSchema,
  startedAt: instantSchema,
  /** When DS01 will stop it or take its GPU back; `null` when nothing is planned. */
  stopsAt: instantSchema,
  stopReason: z.string().nullable(),
  /** What is wrong with its GPU; absent when nothing is known to be. */
  gpuProblem: z.string().optional(),
  /** An administrator exempted it from every rule; absent when they apply. */
  exempt: z.enum(['protected', 'monitoring']).optional(),
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
