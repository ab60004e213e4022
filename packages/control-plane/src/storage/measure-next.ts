import type { StorageReading, StoreTransaction } from '@ds01/ports';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { workspacesRoot } from '../deploy/folders.ts';
import { aboutContainer } from '../events/container-events.ts';
import { appendEvent } from '../events/record-event.ts';
import { accountOf } from '../lifecycle/looking/keep-file.ts';
import { readPause } from '../lifecycle/asking/rule-pause.ts';
import { readSteady, wallOf, type SteadyNow } from '../lifecycle/looking/steady-clock.ts';
import { queueNotice } from '../notifications/queue.ts';
import { exceededNotice, nearlyFullNotice } from '../notifications/storage-texts.ts';
import type { Turns } from '../operations/turns.ts';
import { loadCurrentPolicy, type CurrentPolicy } from '../policy.ts';
import { instantOf } from '../present.ts';
import { judgeSize, type SizeJudgement } from './judge-size.ts';
import { forgetSize, putSize, rememberedSizes, type RememberedSize } from './remembered-size.ts';
import { storageFacts } from './storage-facts.ts';
import { stopForStorage } from './stop-for-storage.ts';
import { storageSubjects, type StorageSubject } from './subjects.ts';

/** Longest that the walk over one folder may take. */
const walkMs = 120_000;
/** How often one and the same thing is measured. */
const everyMs = 6 * 3_600_000;

/** What was done; `null` when nothing was due. */
export type StorageStep = { readonly key: string; readonly told: boolean } | null;

/**
 * Measures the one thing with a limit on its space that has waited longest, if any is due: each every
 * six hours, a container whose stop was promised at that time. Tells its owner what there is to tell,
 * and stops a container that has too much in its layer at the promised time. Fails with the errors of
 * loading the policy and of the ledger.
 */
export async function measureNext(
  deps: ControlPlaneDependencies,
  options: { readonly turns: Turns; readonly signal?: AbortSignal | undefined },
): Promise<StorageStep> {
  const policy = loadCurrentPolicy(deps, { dryRun: true });
  const subject = deps.store.transaction((transaction) => nextSubject(deps, transaction, policy));
  if (subject === null) return null;
  const reading = await readingOf(deps, { subject, policy, signal: options.signal });
  const judged = deps.store.transaction((transaction) =>
    note(deps, transaction, { subject, policy, reading }),
  );
  if (judged.stop) {
    const usedBytes = reading?.bytes ?? 0;
    await stopForStorage(deps, { subject, usedBytes }, options);
  }
  return { key: subject.key, told: judged.tell !== null || judged.stop };
}

function nextSubject(
  deps: ControlPlaneDependencies,
  transaction: StoreTransaction,
  policy: CurrentPolicy,
): StorageSubject | null {
  const { nowMs } = readSteady(transaction.meta, deps.clock);
  const subjects = storageSubjects(transaction.containers.all(), policy);
  const known = rememberedSizes(transaction);
  const keys = new Set(subjects.map(({ key }) => key));
  for (const key of known.keys()) if (!keys.has(key)) forgetSize(transaction, key);
  const due = subjects
    // What doesn't run writes nothing.
    .filter(({ what, record }) => what !== 'container' || record.startedAtMs !== null)
    .map((subject) => ({ subject, atMs: dueAtMs(known.get(subject.key)) }))
    .filter(({ atMs }) => atMs <= nowMs)
    .toSorted((left, right) => left.atMs - right.atMs);
  return due[0]?.subject ?? null;
}

function dueAtMs(known: RememberedSize | undefined): number {
  return known === undefined ? 0 : (known.stopsAtMs ?? known.measuredAtMs + everyMs);
}

/** `null` is what can't be measured. */
async function readingOf(
  deps: ControlPlaneDependencies,
  {
    subject,
    policy,
    signal,
  }: {
    readonly subject: StorageSubject;
    readonly policy: CurrentPolicy;
    readonly signal: AbortSignal | undefined;
  },
): Promise<StorageReading | null> {
  const { what, record } = subject;
  try {
    if (what === 'container') {
      const bytes = await deps.engine.layerBytes(record.id, { signal });
      return bytes === null ? null : { bytes, complete: true };
    }
    const account = await accountOf(deps, record);
    if (account === null) return null;
    const root = workspacesRoot(account, policy);
    const folders = what === 'workspace' ? [root] : dataFolders(subject, root);
    let sum: StorageReading = { bytes: 0, complete: true };
    for (const path of folders) {
      const part = await deps.storage.ofFolder({ account, path, timeoutMs: walkMs, signal });
      if (part === null) return null;
      sum = { bytes: sum.bytes + part.bytes, complete: sum.complete && part.complete };
    }
    return sum;
  } catch (error) {
    if (signal?.aborted === true) throw error;
    deps.logger.debug('a size could not be measured', {
      subject: subject.key,
      error: String(error),
    });
    return null;
  }
}

/** Folders that the person's containers write to beside their workspaces, none within another. */
function dataFolders({ own }: StorageSubject, root: string): readonly string[] {
  const isWithin = (path: string, folder: string): boolean =>
    path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`);
  const all = own.flatMap(({ mounts }) =>
    (mounts?.data ?? []).filter(({ readOnly }) => !readOnly).map(({ folder }) => folder),
  );
  const folders = [...new Set(all)].filter((path) => !isWithin(path, root));
  return folders.filter(
    (path) => !folders.some((other) => other !== path && isWithin(path, other)),
  );
}

interface Measured {
  readonly subject: StorageSubject;
  readonly policy: CurrentPolicy;
  readonly reading: StorageReading | null;
}

/** Keeps what was measured, and tells what follows, in one transaction. */
function note(
  deps: ControlPlaneDependencies,
  transaction: StoreTransaction,
  measured: Measured,
): SizeJudgement {
  const { subject, policy, reading } = measured;
  const now = readSteady(transaction.meta, deps.clock);
  const before = rememberedSizes(transaction).get(subject.key) ?? null;
  const isPaused = readPause(transaction.meta) !== null;
  const leadMs = policy.settings.lifecycle.warning_lead_m * 60_000;
  const judged = judgeSize({
    reading,
    limitBytes: subject.limitBytes,
    softShare: subject.softShare,
    before,
    leadMs: subject.what === 'container' && !isPaused ? leadMs : null,
    nowMs: now.nowMs,
  });
  putSize(transaction, subject.key, {
    measuredAtMs: now.nowMs,
    measuredAtWallMs: now.wallMs,
    bytes: reading?.bytes ?? null,
    told: judged.told,
    // It is looked at again at the promised time; after that the usual time counts.
    stopsAtMs: judged.stop ? null : judged.stopsAtMs,
  });
  if (reading !== null) tell(transaction, { ...measured, reading }, { judged, now });
  return judged;
}

function tell(
  transaction: StoreTransaction,
  { subject, policy, reading }: Measured & { readonly reading: StorageReading },
  { judged, now }: { readonly judged: SizeJudgement; readonly now: SteadyNow },
): void {
  if (judged.tell === null) return;
  const { what, limitBytes } = subject;
  const facts = storageFacts(subject, { usedBytes: reading.bytes, nowMs: now.wallMs });
  const about =
    what === 'container'
      ? aboutContainer(subject.record)
      : { user: subject.user, uid: subject.uid, container: null, containerId: null };
  const details = { what, usedBytes: reading.bytes, limitBytes };
  const context = { policy, nowMs: now.wallMs };
  if (judged.tell === 'nearly-full') {
    appendEvent(transaction, { type: 'storage.nearly-full', ...about, details }, now.wallMs);
    queueNotice(transaction, context, nearlyFullNotice(facts));
    return;
  }
  const stopsAtMs = judged.stopsAtMs === null ? null : wallOf(now, judged.stopsAtMs);
  const stopsAt = stopsAtMs === null ? null : instantOf(stopsAtMs);
  const event = { type: 'storage.exceeded' as const, ...about, details: { ...details, stopsAt } };
  appendEvent(transaction, event, now.wallMs);
  queueNotice(transaction, context, exceededNotice(facts, stopsAtMs));
}
