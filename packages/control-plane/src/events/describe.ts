import { formatBytes, formatDuration } from '@ds01/contracts';
import type { EventDetails, EventType, NewEvent } from '@ds01/contracts/lifecycle';

type DetailsOf = { readonly [Type in EventType]: EventDetails<Type> };
/** Says an event of a type in words; `atMs` is when it happened. */
type Words = {
  readonly [Type in EventType]: (details: DetailsOf[Type], atMs: number) => string;
};

/** What happened, in words that go on after the name of the container or person. */
export function describeEvent(event: NewEvent, atMs: number): string {
  return say(event.type, event.details, atMs);
}

function say<Type extends EventType>(type: Type, details: DetailsOf[Type], atMs: number): string {
  return words[type](details, atMs);
}

const words: Words = {
  'container.created': ({ image }) => `made from ${image}`,
  'container.started': () => 'started',
  'container.stopped': ({ force }) => (force ? 'stopped at once, by SIGKILL' : 'stopped'),
  'container.stopped-by-admin': (details) =>
    `${details.force ? 'stopped at once, by SIGKILL' : 'stopped'}, ${orderOf(details)}`,
  'container.ended': (details) => endOf(details),
  'container.paused': () => 'paused',
  'container.unpaused': () => 'goes on after a pause',
  'container.renamed': ({ from }) => `was ${from} before`,
  'container.removed': ({ reason }) => `removed, because ${reason}`,
  'container.out-of-memory': () => 'a process needed more memory than there is, and was ended',
  'container.found': ({ image }) => `made without DS01, from ${image}`,
  'container.adopted': (details) => `counts for its owner from now on, ${orderOf(details)}`,
  'container.protected': (details) => `exempt from all rules, ${orderOf(details)}`,
  'container.unprotected': (details) => `under the rules again, ${orderOf(details)}`,
  'gpu.lease-granted': (details) => `got ${gpusOf(details)}`,
  'gpu.lease-held': (details, atMs) => `keeps ${gpusOf(details)} ${spanOf(details.until, atMs)}`,
  'gpu.lease-released': (details) => `gave back ${gpusOf(details)}, because ${details.reason}`,
  'gpu.lost': (details) => `lost ${gpusOf(details)}: failed, or not in the server any more`,
  'gpu.layout-changed': ({ device, before, after, afterReboot }) =>
    `GPU ${device} is divided otherwise${afterReboot ? ' after a reboot' : ''}: ` +
    `${after.join(', ') || 'whole'}, before ${before.join(', ') || 'whole'}`,
  'gpu.refused': ({ code, message }) => `got no GPU: ${message} (${code})`,
  'gpu.host-process-found': ({ program, pid, device, leaseOf }) =>
    `${program} (pid ${pid}), in no container, computes on GPU ${device}` +
    (leaseOf === null ? '' : `, which ${leaseOf} has leased`),
  'gpu.host-process-ended': ({ program, pid, device }) =>
    `${program} (pid ${pid}), in no container, left GPU ${device}`,
  'lifecycle.idle-warned': (details, atMs) => `idle; ${warningOf(details, atMs)}`,
  'lifecycle.activity-resumed': ({ signal }) =>
    signal === 'rule' || signal === 'unknown'
      ? "it has more time now; it won't be stopped as it was warned"
      : `active again (${signal}); it won't be stopped now`,
  'lifecycle.idle-stopped': (details, atMs) => `stopped, idle ${sinceOf(details, atMs)}`,
  'lifecycle.runtime-warned': (details, atMs) => `near its runtime; ${warningOf(details, atMs)}`,
  'lifecycle.runtime-stopped': ({ ranForMs, limit }) =>
    `stopped, it ran for ${formatDuration(ranForMs)} (${limit})`,
  'lifecycle.exempt-noticed': ({ rule, exemption }) =>
    `the rule ${rule} would stop it, but it is exempt (${exemption})`,
  'lifecycle.stop-failed': ({ reason }) => `did not stop as the rules want: ${reason}`,
  'lifecycle.hold-ended': (details) => `its time is over; gave back ${gpusOf(details)}`,
  'lifecycle.container-removed': ({ rule, keptAs }) =>
    `removed by the rule ${rule}` + (keptAs === null ? '' : `; what was installed is in ${keptAs}`),
  'lifecycle.kept-image-removed': ({ image }) => `the kept image ${image} was removed`,
  'lifecycle.kept-alive': ({ until }, atMs) =>
    until === null
      ? 'not kept from an idle stop any more'
      : `kept from an idle stop ${spanOf(until, atMs)}`,
  'lifecycle.extended': ({ byMs, totalMs, by }) =>
    `may run ${formatDuration(byMs)} longer, by ${by} (${formatDuration(totalMs)} in all)`,
  'lifecycle.extension-requested': ({ byMs, reason }) =>
    `asks to run ${formatDuration(byMs)} longer` + quoted(reason),
  'lifecycle.extension-refused': (details) => `may not run longer, ${orderOf(details)}`,
  'lifecycle.demand-rose': ({ share, threshold }) =>
    `high demand: ${percentOf(share)} of the GPUs are taken (from ${percentOf(threshold)} on)`,
  'lifecycle.demand-fell': ({ share }) =>
    `no high demand any more: ${percentOf(share)} of the GPUs are taken`,
  'lifecycle.paused': (details, atMs) =>
    `the rules are paused ${spanOf(details.until, atMs)}, ${orderOf(details)}`,
  'lifecycle.resumed': ({ reason }) => `the rules act again: ${reason}`,
  'lifecycle.stalled': ({ what, sinceMs }) => `${what}: nothing for ${formatDuration(sinceMs)}`,
  'lifecycle.recovered': ({ what }) => `${what}: goes on`,
  'storage.nearly-full': (details) => `nearly full: ${spaceOf(details)}`,
  'storage.exceeded': (details, atMs) =>
    `${spaceOf(details)}, which is too much` +
    (details.stopsAt === null
      ? ''
      : `; it will be stopped in ${about(Date.parse(details.stopsAt) - atMs)}`),
  'storage.container-stopped': (details) =>
    `stopped, ${spaceOf({ ...details, what: 'container' })}`,
  'policy.problem-found': ({ problem, lastGoodInForce }) =>
    problem + (lastGoodInForce ? '; the last valid files stay in force' : ''),
  'policy.problem-mended': () => 'the configuration files are valid again',
  'limits.set': (details) => {
    const changes = Object.entries(details.changes).map(([key, value]) => `${key} = ${value}`);
    return `${changes.join(', ')}${untilOf(details.until)}, ${orderOf(details)}`;
  },
  'exemption.added': (details) =>
    `exempt from ${details.rules.join(', ')}${untilOf(details.until)}, ${orderOf(details)}`,
  'exemption.removed': (details) => `not exempt any more, ${orderOf(details)}`,
  'reservation.added': (details) =>
    `GPU ${details.slots.join(', ')} reserved for ${details.for} from ${minuteOf(details.from)}${untilOf(details.until)}, ${orderOf(details)}`,
  'reservation.removed': (details) =>
    `GPU ${details.slots.join(', ')} not reserved for ${details.for} any more, ${orderOf(details)}`,
  'reservation.began': (details) =>
    `GPU ${details.slots.join(', ')} is reserved for ${details.for} now`,
  'reservation.ended': (details) =>
    `GPU ${details.slots.join(', ')} is not reserved for ${details.for} any more: the time is over`,
  'group.changed': ({ by, from, to }) =>
    `in the group ${to}${from === null ? '' : ` instead of ${from}`}, by ${by}`,
  'user.offboarded': ({ by, containers, leases, images }) =>
    `gave back ${containers} containers, ${leases} leases and ${images} images, by ${by}`,
  'queue.joined': ({ asksFor, position }) => `waits for ${asksFor}, at position ${position}`,
  'queue.granted': ({ asksFor, slots, waitedMs }) =>
    `got ${asksFor} (GPU ${slots.join(', ')}) after a wait of ${formatDuration(waitedMs)}`,
  'queue.claimed': ({ asksFor }) => `uses the ${asksFor} that it waited for`,
  'queue.left': ({ asksFor, by, reason }) =>
    `waits no longer for ${asksFor}: ${by} took it out${reason === null ? '' : `: ${reason}`}`,
  'queue.many': ({ unwritten, since }) =>
    `joined or left the queue ${unwritten} more times since ${since}, not written down one by one`,
  'queue.expired': ({ asksFor }) => `lost its turn for ${asksFor}: nobody claimed it in time`,
  'queue.timed-out': ({ asksFor }) => `waits no longer for ${asksFor}: its time was over`,
  'queue.refused': ({ asksFor, message }) => `can't wait for ${asksFor}: ${message}`,
  'queue.changed': (details) => `${details.change}, ${orderOf(details)}`,
  'queue.held': (details) => `the queue grants nothing, ${orderOf(details)}`,
  'queue.resumed': (details) => `the queue grants again, ${orderOf(details)}`,
  'queue.drained': (details) => `nobody may join the queue, ${orderOf(details)}`,
  'queue.opened': (details) => `people may join the queue, ${orderOf(details)}`,
  'token.created': ({ name, scope, by }) => `token "${name}" was made by ${by}, for ${scope}`,
  'token.rotated': ({ name, by }) => `token "${name}" got another secret by ${by}`,
  'token.revoked': ({ name, by }) => `token "${name}" was ended by ${by}`,
  'token.expiring': ({ name, expiresAt }, atMs) =>
    `token "${name}" counts ${spanOf(expiresAt, atMs)} only`,
  'access.blocked': ({ address, reason, until }, atMs) =>
    `requests of ${address} are refused ${spanOf(until, atMs)}: ${reason}`,
  'operation.interrupted': ({ operation, route }) =>
    `${route} (${operation}) ended because the daemon was restarted`,
  'user.notified': ({ by }) => `got a message of ${by}`,
  'emergency.stopped': (details) =>
    `${details.containers} containers stopped at once, ${orderOf(details)}` +
    (details.failed === 0 ? '' : `; ${details.failed} did not stop`),
  'notification.failed': ({ channel, about, reason }) =>
    `could not be told by ${channel} about ${about}: ${reason}`,
  'hook.failed': ({ reason }) => `the hook on-stop failed: ${reason}`,
  'daemon.started': ({ version }) => `the daemon ${version} began`,
  'daemon.stopped': () => 'the daemon ended in order',
};

const places = {
  workspace: 'the workspaces take',
  data: 'the data folders take',
  container: 'its own layer takes',
} as const;

function spaceOf({ what, usedBytes, limitBytes }: DetailsOf['storage.nearly-full']): string {
  return `${places[what]} ${formatBytes(usedBytes)} of ${formatBytes(limitBytes)}`;
}

function endOf({ exitCode, outOfMemory }: DetailsOf['container.ended']): string {
  if (outOfMemory) return 'ended: its memory was used up';
  return exitCode === null ? 'ended' : `ended by itself, exit code ${exitCode}`;
}

function orderOf({ by, reason }: { readonly by: string; readonly reason: string | null }): string {
  return `by ${by}${quoted(reason)}`;
}

function quoted(reason: string | null): string {
  return reason === null || reason === '' ? '' : `: “${reason}”`;
}

function gpusOf({ slots }: DetailsOf['gpu.lease-granted']): string {
  return `${slots.length === 1 ? 'GPU' : 'GPUs'} ${slots.join(', ')}`;
}

function warningOf(details: DetailsOf['lifecycle.idle-warned'], atMs: number): string {
  const left = about(Date.parse(details.stopsAt) - atMs);
  const demand = details.highDemand ? ', in high demand' : '';
  return `it will be stopped in ${left} (${details.limit}${demand}), warning ${details.step}`;
}

function sinceOf(details: DetailsOf['lifecycle.idle-stopped'], atMs: number): string {
  const { lastActiveAt, limit } = details;
  const idle = lastActiveAt === null ? null : about(atMs - Date.parse(lastActiveAt));
  return idle === null ? `(${limit})` : `for ${idle} (${limit})`;
}

/** How long from then on. */
function spanOf(until: string | null, atMs: number): string {
  return until === null ? 'for good' : `for ${about(Date.parse(until) - atMs)}`;
}

/** A span that nobody counts the seconds of, once it is long enough. */
function about(durationMs: number): string {
  const minuteMs = 60_000;
  const isLong = durationMs >= 5 * minuteMs;
  return formatDuration(isLong ? Math.round(durationMs / minuteMs) * minuteMs : durationMs);
}

function untilOf(until: string | null): string {
  return until === null ? '' : ` until ${minuteOf(until)}`;
}

function minuteOf(instant: string): string {
  return `${instant.slice(0, 16).replace('T', ' ')} UTC`;
}

function percentOf(share: number): string {
  return `${Math.round(share * 100)} %`;
}
