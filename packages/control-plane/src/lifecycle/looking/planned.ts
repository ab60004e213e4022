import { containerIdSchema, type ContainerId } from '@ds01/contracts';
import { lifecycleRuleSchema, type LifecycleRule } from '@ds01/contracts/lifecycle';
import type { MetaTable, SteadyClock } from '@ds01/ports';
import { z } from 'zod';
import { readStored } from '../../read-stored.ts';
import type { PlannedEnd } from '../../reconcile/types.ts';
import { readSteady, wallOf } from './steady-clock.ts';

const key = 'lifecycle:next';
const plannedSchema = z.object({
  rule: lifecycleRuleSchema,
  /** Moment. */
  atMs: z.number(),
  /** For the sake of somebody to whom the GPU was promised. */
  promised: z.enum(['request', 'reservation']).optional(),
});
const tableSchema = z.record(z.string(), plannedSchema);
/** What a rule does next with a container, as things stand. */
export type Planned = z.infer<typeof plannedSchema>;

/** What the last pass planned, so that who lists containers needs to evaluate nothing. */
function readPlanned(meta: Pick<MetaTable, 'get'>): ReadonlyMap<ContainerId, Planned> {
  const table = readStored(tableSchema, meta.get(key)) ?? {};
  return new Map(
    Object.entries(table).flatMap(([id, planned]) => {
      const known = containerIdSchema.safeParse(id).data;
      return known === undefined ? [] : [[known, planned] as const];
    }),
  );
}

const reasons: Readonly<Record<LifecycleRule, string>> = {
  idle: 'stopped, unless it is used',
  'max-runtime': 'stopped: the longest runtime',
  'gpu-hold': 'the GPU is given back then; the container stays',
  'container-hold': 'removed; its files stay',
  'never-started': 'removed, unless it is started',
};

const promises = {
  request: 'stopped: its GPU is for who waits then',
  reservation: 'stopped: its GPU is reserved for somebody else then',
} as const;

/** What a rule does, in a few words that hold for as long as it is what comes next. */
export function reasonOf({ rule, promised }: Pick<Planned, 'rule' | 'promised'>): string {
  if (promised !== undefined && rule === 'max-runtime') return promises[promised];
  return reasons[rule];
}

/** Keeps what a pass planned. */
export function putPlanned(
  meta: Pick<MetaTable, 'get' | 'set'>,
  planned: ReadonlyMap<ContainerId, Planned>,
): void {
  const text = JSON.stringify(Object.fromEntries(planned));
  if (meta.get(key) !== text) meta.set(key, text);
}

/** The same for who lists containers, in times of the wall clock. */
export function plannedEnds(
  meta: Pick<MetaTable, 'get'>,
  clock: SteadyClock,
): ReadonlyMap<ContainerId, PlannedEnd> {
  const planned = readPlanned(meta);
  if (planned.size === 0) return new Map();
  const now = readSteady(meta, clock);
  return new Map(
    [...planned].map(([id, { rule, atMs, promised }]) => {
      const whileAlive = rule === 'idle' || rule === 'max-runtime';
      return [id, { atMs: wallOf(now, atMs), reason: reasonOf({ rule, promised }), whileAlive }];
    }),
  );
}
