import { z } from 'zod';
import { byAdmin, event, moment, names, type EventKind } from './event-kind.ts';
import { queueEventTable } from './queue/queue-events.ts';

const limitSource = z.string();

const nothing = z.object({});
const space = z.object({
  /** A person's workspaces, their other data folders, or a container's own layer. */
  what: z.enum(['workspace', 'data', 'container']),
  usedBytes: z.number(),
  limitBytes: z.number(),
});
const gpus = z.object({ slots: names, uuids: names, gpuEquivalents: z.number() });
const because = z.object({ reason: z.string() });
const reserved = byAdmin.extend({ reservation: z.string(), for: z.string(), slots: names });
/** `reservation` is its id; `null` for one that stands beside a user's limits. */
const turned = reserved
  .pick({ for: true, slots: true })
  .extend({ reservation: z.string().nullable() });
const token = z.object({
  token: z.string(),
  name: z.string(),
  scope: z.string(),
  by: z.string(),
});
const lifecycleRule = z.enum(['idle', 'max-runtime']);
const warned = z.object({
  /** 1 is the first warning, 2 the last. */
  step: z.int(),
  stopsAt: moment,
  limit: limitSource,
  highDemand: z.boolean(),
});
const stopped = z.object({
  limit: limitSource,
  lastActiveAt: moment.nullable(),
  ranForMs: z.int(),
});

/** Every kind of event: type, past tense -> what it says, and the shape of its details. */
export const eventTable = {
  'container.created': event(
    'A container was made.',
    z.object({ image: z.string(), interface: z.string() }),
  ),
  'container.started': event('A container started.', nothing),
  'container.stopped': event('A person stopped a container.', z.object({ force: z.boolean() })),
  'container.stopped-by-admin': event(
    'An administrator stopped a container.',
    byAdmin.extend({ force: z.boolean() }),
  ),
  'container.ended': event(
    'The main process of a container ended by itself.',
    z.object({ exitCode: z.int().nullable(), outOfMemory: z.boolean() }),
  ),
  'container.paused': event('A container was frozen.', nothing),
  'container.unpaused': event('A frozen container goes on.', nothing),
  'container.renamed': event('A container has another name.', z.object({ from: z.string() })),
  'container.removed': event('A container was removed.', because),
  'container.out-of-memory': event('A process of a container ran out of memory.', nothing),
  'container.found': event(
    'A container was found that DS01 did not make.',
    z.object({ image: z.string(), ownerBy: z.string().nullable() }),
  ),
  'container.adopted': event('An administrator said whose a container is.', byAdmin),
  'container.protected': event('An administrator exempts a container from all rules.', byAdmin),
  'container.unprotected': event('A container is under the rules again.', byAdmin),
  'gpu.lease-granted': event('GPUs were leased.', gpus),
  'gpu.lease-held': event(
    'GPUs of a stopped container are kept for it.',
    gpus.extend({ until: moment.nullable() }),
  ),
  'gpu.lease-released': event('GPUs are free again.', gpus.extend({ reason: z.string() })),
  'gpu.lost': event('A leased GPU failed or vanished.', gpus),
  'gpu.layout-changed': event(
    'A GPU is divided otherwise than before.',
    z.object({ device: z.string(), before: names, after: names, afterReboot: z.boolean() }),
  ),
  'gpu.refused': event(
    'Somebody asked for GPUs and got none.',
    z.object({ code: z.string(), message: z.string() }),
  ),
  'gpu.host-process-found': event(
    'A process outside of all containers uses a GPU.',
    z.object({
      pid: z.int(),
      program: z.string(),
      device: z.string(),
      /** Whose lease it disturbs; `null` on a free GPU. */
      leaseOf: z.string().nullable(),
    }),
  ),
  'gpu.host-process-ended': event(
    'A process outside of all containers left its GPU.',
    z.object({ pid: z.int(), program: z.string(), device: z.string() }),
  ),
  'lifecycle.idle-warned': event('An idle container will be stopped.', warned),
  'lifecycle.activity-resumed': event(
    'A container that had been warned is active again, or (`signal` is `rule`) has more time.',
    z.object({ signal: z.string() }),
  ),
  'lifecycle.idle-stopped': event('An idle container was stopped.', stopped),
  'lifecycle.runtime-warned': event('A container nears its maximum runtime.', warned),
  'lifecycle.runtime-stopped': event('A container reached its maximum runtime.', stopped),
  'lifecycle.exempt-noticed': event(
    'A container would have been stopped, but is exempt.',
    z.object({ rule: lifecycleRule, exemption: z.string() }),
  ),
  'lifecycle.stop-failed': event('A container did not stop when it should.', because),
  'lifecycle.hold-ended': event('GPUs of a stopped container went back to everybody.', gpus),
  'lifecycle.container-removed': event(
    'A container was removed by a rule.',
    z.object({
      rule: z.enum(['container-hold', 'never-started', 'job']),
      /** The image that its changes were kept in; `null` when there were none. */
      keptAs: z.string().nullable(),
    }),
  ),
  'lifecycle.kept-image-removed': event(
    'A kept image was removed after its time.',
    z.object({ image: z.string() }),
  ),
  'lifecycle.kept-alive': event(
    'A person postponed the idle stop.',
    z.object({ until: moment.nullable() }),
  ),
  'lifecycle.extended': event(
    'A container may run longer.',
    z.object({ byMs: z.int(), totalMs: z.int(), by: z.string() }),
  ),
  'lifecycle.extension-requested': event(
    'A person asks for more runtime than they may give themselves.',
    z.object({ byMs: z.int(), reason: z.string().nullable() }),
  ),
  'lifecycle.extension-refused': event('More runtime was refused.', byAdmin),
  'lifecycle.demand-rose': event(
    'The server is in high demand: idle timeouts are shorter.',
    z.object({ share: z.number(), threshold: z.number() }),
  ),
  'lifecycle.demand-fell': event(
    'The server is not in high demand any more.',
    z.object({ share: z.number(), threshold: z.number() }),
  ),
  'lifecycle.paused': event(
    'An administrator paused the rules.',
    byAdmin.extend({ until: moment }),
  ),
  'lifecycle.resumed': event('The rules act again.', because),
  'lifecycle.stalled': event(
    'The rules have not looked or not measured for too long.',
    z.object({ what: z.string(), sinceMs: z.int() }),
  ),
  'lifecycle.recovered': event('The rules look and measure again.', z.object({ what: z.string() })),
  'storage.nearly-full': event(
    'Most of the space is used that a person or container may use.',
    space,
  ),
  'storage.exceeded': event(
    'More space is used than a person or container may use.',
    /** When the container will be stopped; `null` where nothing is. */
    space.extend({ stopsAt: moment.nullable() }),
  ),
  'storage.container-stopped': event(
    'A container was stopped that wrote more into its own layer than it may.',
    space.omit({ what: true }),
  ),
  'policy.problem-found': event(
    'A configuration file has an error.',
    z.object({ problem: z.string(), lastGoodInForce: z.boolean() }),
  ),
  'policy.problem-mended': event('The configuration files are valid again.', nothing),
  'limits.set': event(
    'An administrator set a limit.',
    byAdmin.extend({ changes: z.record(z.string(), z.string()), until: moment.nullable() }),
  ),
  'exemption.added': event(
    'A person is exempt from a rule.',
    byAdmin.extend({ rules: names, until: moment.nullable() }),
  ),
  'exemption.removed': event('A person is not exempt any more.', byAdmin),
  'reservation.added': event(
    'GPUs are reserved for a person or a group.',
    reserved.extend({ from: moment, until: moment }),
  ),
  'reservation.removed': event('A reservation was ended or taken back.', reserved),
  'reservation.began': event('A reservation holds from now on.', turned),
  'reservation.ended': event('The time of a reservation is over.', turned),
  'group.changed': event(
    'A person is in another group.',
    z.object({ by: z.string(), from: z.string().nullable(), to: z.string() }),
  ),
  'user.offboarded': event(
    'What a person had was given back.',
    z.object({ by: z.string(), containers: z.int(), leases: z.int(), images: z.int() }),
  ),
  ...queueEventTable,
  'token.created': event('A token was made.', token),
  'token.rotated': event('A token has another secret.', token),
  'token.revoked': event('A token was ended.', token),
  'token.expiring': event(
    'A token ends soon.',
    token.omit({ by: true }).extend({ expiresAt: moment }),
  ),
  'access.blocked': event(
    'Requests of an address are refused for a while.',
    z.object({ address: z.string(), reason: z.string(), until: moment }),
  ),
  'operation.interrupted': event(
    'Long work ended with the daemon.',
    z.object({ operation: z.string(), route: z.string() }),
  ),
  'user.notified': event('An administrator sent a message.', z.object({ by: z.string() })),
  'emergency.stopped': event(
    'An administrator stopped everything at once.',
    byAdmin.extend({ containers: z.int(), failed: z.int() }),
  ),
  'notification.failed': event(
    'A message could not be delivered.',
    z.object({ channel: z.string(), about: z.string(), reason: z.string() }),
  ),
  'hook.failed': event('A hook of a person failed or took too long.', because),
  'daemon.started': event('The daemon began.', z.object({ version: z.string() })),
  'daemon.stopped': event('The daemon ended in order.', nothing),
} as const satisfies Readonly<Record<string, EventKind>>;

/** Type of an event, `area.what-happened`. */
export type EventType = keyof typeof eventTable;

/** Every type, in the order of the reference. */
export const eventTypes = Object.keys(eventTable) as readonly EventType[];

/** Details of an event of a type. */
export type EventDetails<Type extends EventType> = z.infer<(typeof eventTable)[Type]['details']>;

/** Something that happened, to be written down. */
export type NewEvent = {
  [Type in EventType]: {
    readonly type: Type;
    /** Whom it concerns; they see it. `null`: administrators alone. */
    readonly user: string | null;
    /** Uid of that account, where it is known: an account of the same name later sees nothing. */
    readonly uid: number | null;
    /** Docker name of the container; `null` without. */
    readonly container: string | null;
    readonly containerId: string | null;
    readonly details: EventDetails<Type>;
  };
}[EventType];

/** An event as it is read: times are RFC 3339 UTC, ids only grow. */
export const eventSchema = z.object({
  id: z.int().positive(),
  at: z.iso.datetime(),
  type: z.string(),
  user: z.string().nullable(),
  /** Docker name of the container. */
  container: z.string().nullable(),
  containerId: z.string().nullable(),
  /** In words. */
  message: z.string(),
  details: z.record(z.string(), z.unknown()),
});
/** An event as it is read. */
export type EventView = z.infer<typeof eventSchema>;
