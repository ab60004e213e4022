import { join } from 'node:path';
import {
  interruptWork,
  loadCurrentPolicy,
  pruneWork,
  type ControlPlaneDependencies,
  type Operations,
} from '@ds01/control-plane';
import { ds01Error, toDs01Error } from '@ds01/contracts';
import type { OperationRecord } from '@ds01/ports';
import type { AppDependencies } from '../answers/app-dependencies.ts';
import type { Audit } from '../audit/audit.ts';
import type { GateKeepers } from '../doors/gate-keepers.ts';
import { tokenEnded } from '../exchange.ts';
import type { ServerLog } from '../log.ts';
import type { People } from '../people.ts';
import type { Requests, RunningRequest } from '../requests.ts';
import { readKeptRequest, type KeptRequest } from './kept-request.ts';
import { createUploads } from './uploads.ts';
import { createWorkKeeper, type WorkKeeper, type WorkOptions } from './work-keeper.ts';

/** Long work of a daemon. */
export interface KeptWork {
  readonly keeper: WorkKeeper;
  /** What the HTTP interface needs of it. */
  readonly forApp: Pick<AppDependencies, 'work' | 'uploads' | 'maxUploadBytes' | 'refusalMs'>;
  /**
   * What an earlier daemon had under way is over, unless it waits in the queue: with that it goes on. As
   * soon as the ledger can be used, which may be later.
   */
  takeUp(deps: TakeUpDependencies): void;
}

interface TakeUpDependencies {
  readonly operations: Operations;
  readonly people: Pick<People, 'personOf' | 'personBy'>;
  readonly requests: Requests;
  readonly goOnWith: GateKeepers['goOnWith'];
  readonly audit: Audit;
}

const dayMs = 86_400_000;
const mebibyte = 1_048_576;
/** What is refused is so within the time that a look at engine and GPUs takes. */
const refusalMs = 1500;

/** How long a ledger that can't be used is waited for. */
const retryMs = 2000;

/** Keeps long work; what ended long ago is forgotten, now and once a day until the signal aborts. */
export function keepWork(
  deps: ControlPlaneDependencies,
  options: {
    readonly stateDirectory: string;
    readonly log: ServerLog;
    readonly signal: AbortSignal;
  },
): KeptWork {
  const { log, signal, stateDirectory } = options;
  const keeper = createWorkKeeper({ dependencies: deps, log });
  const prune = (): void => {
    try {
      pruneWork(deps, loadCurrentPolicy(deps));
    } catch (error) {
      log.warn('old operations could not be removed', { error: String(error) });
    }
  };
  const daily = async (): Promise<void> => {
    while (!signal.aborted) {
      prune();
      await deps.clock.sleep(dayMs, signal);
    }
  };
  // Ends by the signal.
  daily().catch(() => undefined);
  return {
    keeper,
    forApp: {
      work: keeper,
      uploads: createUploads(join(stateDirectory, 'uploads')),
      maxUploadBytes: () => loadCurrentPolicy(deps).settings.builds.max_context_mb * mebibyte,
      refusalMs,
    },
    takeUp(host) {
      const attempt = (): boolean => {
        try {
          const left = interruptWork(deps, (id) => keeper.progress(id) !== null);
          for (const record of left) goOn(keeper, record, host);
          return true;
        } catch (error) {
          log.warn('operations of before are looked at later', { error: String(error) });
          return false;
        }
      };
      const untilDone = async (): Promise<void> => {
        while (!attempt()) await deps.clock.sleep(retryMs, signal);
      };
      // Ends by the signal.
      untilDone().catch(() => undefined);
    },
  };
}

function goOn(keeper: WorkKeeper, record: OperationRecord, host: TakeUpDependencies): void {
  const running = host.requests.begin();
  running.ownedBy(record.uid);
  const { settled } = keeper.takeUp(record, {
    running,
    run: async (work) => {
      const kept = readKeptRequest(record.input);
      const { id: token } = kept.token ?? {};
      const settle = host.audit.begin({
        requestId: running.id,
        operation: 'containers.deploy',
        uid: record.uid,
        ...(token === undefined ? {} : { token }),
        ...(kept.actor === null ? {} : { by: kept.actor }),
        user: record.user,
        object: record.object,
      });
      try {
        const result = await deployAgain(host, { record, kept, running, work });
        settle('ok');
        return result;
      } catch (error) {
        settle(toDs01Error(running.signal.aborted ? running.signal.reason : error).code);
        throw error;
      }
    },
  });
  void settled.finally(() => running.end());
}

async function deployAgain(
  { operations, people, goOnWith }: TakeUpDependencies,
  asked: {
    readonly record: OperationRecord;
    readonly kept: KeptRequest;
    readonly running: RunningRequest;
    readonly work: WorkOptions;
  },
): Promise<unknown> {
  const { record, kept, running, work } = asked;
  const { input, token, actor } = kept;
  const who =
    actor === null
      ? await people.personOf(record.uid, null)
      : await people.personBy(actor, record.user);
  const { owner, role } = who;
  if (owner.name !== record.user || owner.uid !== record.uid) throw gone(record);
  if (token === null) return operations.call('containers.deploy', who, input, work);
  const { startedAtMs: sinceMs } = record;
  const onEnded = (): void => running.abort(tokenEnded());
  const leave = goOnWith({ id: token.id, sinceMs, onEnded });
  if (leave === null) throw tokenEnded();
  try {
    const asAdmin = token.scope === 'admin' && token.secure;
    const person = { ...who, role: asAdmin ? role : 'user', token } as const;
    return await operations.call('containers.deploy', person, input, work);
  } finally {
    leave();
  }
}

function gone({ user }: OperationRecord) {
  return ds01Error('user.unknown', { message: `The account ${user} is another one now.` });
}
