import { ownerCaller, turnOf } from '../act/acting.ts';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { aboutContainer } from '../events/container-events.ts';
import { recordEvent } from '../events/record-event.ts';
import { accountOf } from '../lifecycle/looking/keep-file.ts';
import { readPause } from '../lifecycle/asking/rule-pause.ts';
import { queueNotice } from '../notifications/queue.ts';
import { runStopHook } from '../notifications/stop-hook.ts';
import { storageStopNotice } from '../notifications/storage-texts.ts';
import type { Turns } from '../operations/turns.ts';
import { isAlive } from '../reconcile/is-alive.ts';
import { stopFound } from '../stop.ts';
import { gpusIfQuick, open, type Opened } from '../use-case.ts';
import { storageFacts } from './storage-facts.ts';
import { storageSubjects, type StorageSubject } from './subjects.ts';

/** A container that has too much in its layer. */
export interface TooLarge {
  readonly subject: StorageSubject;
  readonly usedBytes: number;
}

/**
 * Stops it with its owner's grace and hook, and tells the owner, unless somebody stopped, protected or
 * removed it meanwhile, raised its limit, or paused the rules. A stop that fails is an event; it is
 * measured again, and promised again, later.
 */
export async function stopForStorage(
  deps: ControlPlaneDependencies,
  tooLarge: TooLarge,
  options: { readonly turns: Turns; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  const { record } = tooLarge.subject;
  const { signal } = options;
  const work = async (): Promise<void> => {
    const opened = await open(deps, gpusIfQuick(signal === undefined ? {} : { signal }));
    await stopIfStill(deps, opened, tooLarge);
  };
  try {
    await options.turns.take(turnOf(record), work, signal);
  } catch (error) {
    if (signal?.aborted === true) return;
    const reason = error instanceof Error ? error.message : String(error);
    deps.logger.error('a container with too large a layer did not stop', {
      container: record.dockerName,
      reason,
    });
    const event = { type: 'lifecycle.stop-failed' as const, ...aboutContainer(record) };
    recordEvent(deps, { ...event, details: { reason } });
  }
}

async function stopIfStill(
  deps: ControlPlaneDependencies,
  opened: Opened,
  { subject: { key }, usedBytes }: TooLarge,
): Promise<void> {
  const { policy, now } = opened;
  const records = now.containers.map(({ record }) => record);
  const subject = storageSubjects(records, policy).find((other) => other.key === key);
  const container = now.containers.find(({ record }) => record.id === subject?.record.id);
  if (subject === undefined || container === undefined || !isAlive(container.state)) return;
  if (usedBytes <= subject.limitBytes) return;
  const { record, limitBytes } = subject;
  const isPaused = deps.store.transaction((transaction) => {
    if (readPause(transaction.meta) !== null) return true;
    const nowMs = deps.clock.nowMs();
    const notice = storageStopNotice(storageFacts(subject, { usedBytes, nowMs }));
    queueNotice(transaction, { policy, nowMs }, notice);
    return false;
  });
  if (isPaused) return;
  const { limits } = policy.forUser(subject.user).resolved;
  const account = await accountOf(deps, record);
  if (account !== null && container.state === 'running') {
    const enabled = limits['policies.checkpoint_warning'].value;
    const graceMs = limits['policies.sigterm_grace_s'].value * 1000;
    await runStopHook(deps, { record, account, enabled, graceMs, reason: 'storage' });
  }
  const details = { usedBytes, limitBytes };
  const event = { type: 'storage.container-stopped' as const, ...aboutContainer(record), details };
  const caller = await ownerCaller(deps, record);
  const input = { force: false, timeoutSeconds: null };
  await stopFound(deps, { ...opened, container, caller, input, event }, {});
}
