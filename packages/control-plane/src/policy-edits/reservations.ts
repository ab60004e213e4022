import {
  ds01Error,
  groupNameSchema,
  usernameSchema,
  type CheckedRouteInput,
  type GpuReservation,
  type GroupName,
  type RouteOutput,
  type Username,
} from '@ds01/contracts';
import { addReservation, removeReservation, type WrittenReservation } from '@ds01/limits';
import { requireInventory } from '../deploy/snapshot.ts';
import { loadCurrentPolicy, type PolicySource } from '../policy.ts';
import { instantOf } from '../present.ts';
import { overlapsOf, type Overlap } from '../reservations/overlaps.ts';
import { endInstantOf } from '../reservations/tell.ts';
import { open } from '../use-case.ts';
import { dateOf } from './dates.ts';
import {
  editedText,
  editFolder,
  eventAbout,
  remarks,
  subjectOf,
  type PolicyEditing,
  type PolicyFolder,
  type Subject,
} from './edit-folder.ts';

const file = 'reservations.yaml';

type View = RouteOutput<'admin.reservations'>['reservations'][number];

/** Every reservation of the files in force, those that are over too. */
export function listReservations(deps: PolicySource): View[] {
  const nowMs = deps.clock.nowMs();
  return loadCurrentPolicy(deps, { dryRun: true }).limits.reservations.map((reservation) => ({
    id: reservation.id,
    user: reservation.user,
    group: reservation.group ?? null,
    slots: [...reservation.slots],
    from: reservation.fromMs === 0 ? null : instantOf(reservation.fromMs),
    until: endInstantOf(reservation),
    state: stateOf(reservation, nowMs),
    reason: reservation.reason,
    by: reservation.approvedBy,
    file: reservation.file,
    line: reservation.line,
  }));
}

function stateOf({ fromMs, toMs }: GpuReservation, nowMs: number): View['state'] {
  if (toMs <= nowMs) return 'over';
  return fromMs <= nowMs ? 'active' : 'upcoming';
}

/**
 * Reserves GPUs for a person or a group, and tells what may still be on them at the begin. Fails with
 * `request.invalid`, `user.unknown`, `group.unknown`, `gpu.no-match` for a GPU that isn't there, and
 * `policy.refused` where somebody else has one of them reserved at the same time.
 */
export async function reserveGpus(
  editing: PolicyEditing,
  input: CheckedRouteInput<'admin.reservations.add'>,
): Promise<RouteOutput<'admin.reservations.add'>> {
  const { deps, by, options } = editing;
  const holder = holderOf(input);
  const subject = holder.user === null ? null : await subjectOf(editing, holder.user);
  refuseNobody(subject);
  const { policy, now } = await open(deps, options);
  const inventory = requireInventory(now);
  const nowMs = deps.clock.nowMs();
  const fromMs = wholeSeconds(input.fromMs ?? nowMs);
  const toMs = wholeSeconds(input.untilMs);
  refuseSpan({ fromMs, toMs, nowMs });
  const slots = [...new Set(input.slots)];
  const about = holder.user ?? `group ${holder.group ?? ''}`;
  const reservation = { ...holder, slots, fromMs, toMs, reason: input.reason ?? '' };
  const { overlaps, unknown, foreign } = overlapsOf(deps, { reservation, policy, now, inventory });
  if (unknown.length > 0) throw noSuchGpu(unknown);
  const id = `r${deps.ids.hex(8)}`;
  const edited = editFolder(editing, (folder) => {
    refuseUnknownGroup(folder, holder);
    refuseClash(foreign(folder.policy?.reservations ?? []));
    const edit = addReservation(folder.textOf(file), {
      id,
      holder: holder.user === null ? { group: holder.group } : { username: holder.user },
      slots,
      from: secondOf(fromMs),
      until: secondOf(toMs),
      reason: input.reason,
      approvedBy: by,
      approvedOn: dateOf(folder.nowMs),
    });
    const span = { from: instantOf(fromMs), until: instantOf(toMs) };
    const details = { by, reason: input.reason, reservation: id, for: about, slots, ...span };
    return {
      texts: new Map([[file, editedText(edit, folder.pathOf(file))]]),
      events: [{ type: 'reservation.added', ...eventFor(subject), details }],
    };
  });
  const span = `from ${instantOf(fromMs)} until ${instantOf(toMs)}`;
  return {
    file: edited.after.pathOf(file),
    id: options.dryRun === true ? null : id,
    overlaps: overlaps.map(({ slots: held, ...overlap }) => ({ ...overlap, slots: [...held] })),
    message: `${slots.join(', ')} reserved for ${about} ${span}${options.dryRun === true ? '' : ` as ${id}`}.${remarkOn(overlaps)}${subject === null ? '' : remarks(subject, edited)}`,
  };
}

/** Ends a reservation, or takes it back. Fails with `reservation.not-found`. */
export async function endReservation(
  editing: PolicyEditing,
  { id }: CheckedRouteInput<'admin.reservations.remove'>,
): Promise<RouteOutput<'admin.reservations.remove'>> {
  const user = listReservations(editing.deps).find((reservation) => reservation.id === id)?.user;
  const subject = user === undefined || user === null ? null : await subjectOf(editing, user);
  const edited = editFolder(editing, (folder) => {
    const before = folder.textOf(file);
    const text = editedText(removeReservation(before, id), folder.pathOf(file));
    if (text === before) throw notReserved(id);
    const known = folder.policy?.reservations.find((reservation) => reservation.id === id);
    const about = known?.user ?? `group ${known?.group ?? '?'}`;
    const slots = [...(known?.slots ?? [])];
    const details = { by: editing.by, reason: null, reservation: id, for: about, slots };
    return {
      texts: new Map([[file, text]]),
      events: [{ type: 'reservation.removed', ...eventFor(subject), details }],
    };
  });
  return { file: edited.after.pathOf(file), message: `The reservation ${id} is over.` };
}

interface ForUser {
  readonly user: Username;
  readonly group: null;
}
interface ForGroup {
  readonly user: null;
  readonly group: GroupName;
}
type Holder = ForUser | ForGroup;

function holderOf({
  user,
  group,
}: Pick<CheckedRouteInput<'admin.reservations.add'>, 'user' | 'group'>): Holder {
  if ((user === null) === (group === null)) {
    throw invalid('A reservation is for a user or for a group, one of both.');
  }
  if (user !== null) {
    const name = usernameSchema.safeParse(user);
    if (!name.success) throw invalid(`${JSON.stringify(user)} is no user name.`);
    return { user: name.data, group: null };
  }
  const name = groupNameSchema.safeParse(group);
  if (!name.success) throw unknownGroup(group ?? '', []);
  return { user: null, group: name.data };
}

/** A GPU that is kept for nobody is lost to everybody: a name may be mistyped. */
function refuseNobody(subject: Subject | null): void {
  if (subject === null || subject.account !== null) return;
  const { user } = subject;
  throw ds01Error('user.unknown', {
    message: `There is no account ${JSON.stringify(user)} on this server.`,
    hint: 'ds01-admin users',
    details: { user },
  });
}

function refuseUnknownGroup({ policy }: PolicyFolder, { group }: Holder): void {
  const names = policy?.groups.map(({ name }) => name) ?? [];
  if (group === null || policy === null || names.includes(group)) return;
  throw unknownGroup(group, names);
}

function unknownGroup(group: string, groups: readonly string[]) {
  return ds01Error('group.unknown', {
    message: `There is no group ${JSON.stringify(group)} in the limits file; there are ${groups.join(', ') || 'none'}.`,
    hint: 'ds01-admin group list',
    details: { group, groups },
  });
}

function refuseSpan(span: {
  readonly fromMs: number;
  readonly toMs: number;
  readonly nowMs: number;
}): void {
  if (span.toMs <= span.nowMs) throw invalid(`${instantOf(span.toMs)} is over already.`);
  if (span.toMs <= span.fromMs) throw invalid('A reservation ends after it begins.');
}

/** Two people can't both be promised the same GPU. */
function refuseClash(clashes: readonly WrittenReservation[]): void {
  const [first] = clashes;
  if (first === undefined) return;
  const until = endInstantOf(first);
  throw ds01Error('policy.refused', {
    message:
      `${first.slots.join(', ')} ${first.slots.length === 1 ? 'is' : 'are'} reserved for ` +
      `${first.user ?? `group ${first.group ?? ''}`} from ${instantOf(first.fromMs)}` +
      `${until === null ? '' : ` until ${until}`}.`,
    hint: 'ds01-admin gpu reservations',
    details: { reservation: first.id },
  });
}

function noSuchGpu(unknown: readonly string[]) {
  return ds01Error('gpu.no-match', {
    message: `This server has no GPU ${unknown.join(', ')}.`,
    hint: 'ds01 gpu status',
    details: { slots: unknown },
  });
}

function notReserved(id: string) {
  return ds01Error('reservation.not-found', {
    message: `There is no reservation ${JSON.stringify(id)} in ${file}.`,
    hint: 'ds01-admin gpu reservations',
    details: { id },
  });
}

function invalid(message: string) {
  return ds01Error('request.invalid', { message, hint: 'ds01-admin gpu reserve --help' });
}

/** About whom an event is; one about a group is about nobody. */
function eventFor(subject: Subject | null) {
  if (subject !== null) return eventAbout(subject);
  return { user: null, uid: null, container: null, containerId: null };
}

function remarkOn(overlaps: readonly Overlap[]): string {
  if (overlaps.length === 0) return '';
  const [stopped, left] = [true, false].map((kind) =>
    overlaps.filter(({ isStopped }) => isStopped === kind).map(nameOf),
  );
  const told = stopped?.length ? ` Warned, and stopped by its begin: ${stopped.join(', ')}.` : '';
  const stays = left?.length ? ` Stopped by no rule: ${left.join(', ')}.` : '';
  return `${told}${stays}`;
}

function nameOf({ user, container, slots }: Overlap): string {
  return `${container ?? 'something'} of ${user ?? 'nobody known'} (GPU ${slots.join(', ')})`;
}

/** The file has whole seconds; what is told is what is written. */
function wholeSeconds(timeMs: number): number {
  return Math.floor(timeMs / 1000) * 1000;
}

function secondOf(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 19)}Z`;
}
