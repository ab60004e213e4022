import { containerIdSchema, toDs01Error, type Readiness } from '@ds01/contracts';
import {
  noteOutOfMemory,
  type ControlPlaneDependencies,
  type SharedLooks,
} from '@ds01/control-plane';
import type { EngineEvent } from '@ds01/ports';
import type { ServerLog } from '../log.ts';
import { createWake } from './wake.ts';

/** The loop that keeps ledger and engine in agreement. */
export interface EngineWatch {
  /** Looks again soon: something was undone that the engine has no event for. */
  lookAgain(): void;
  /** Outcome of the last look. */
  readiness(): Readiness;
  /** Resolves when the loop has ended. */
  readonly ended: Promise<void>;
}

/** Events that come together are looked at once. */
const settleMs = 50;
/** How long requests that are under way, which keep the ledger themselves, may put a look off. */
const patienceMs = 2000;
const retryMs = { first: 200, longest: 10_000 } as const;

/** The engine lists a container as running for a while after it has told that its process died. */
const diedMs = 1000;

/** By then the engine's events come. */
const connectedMs = 1000;

/** What happens to a container without its devices or its life changing. */
const unimportant = /^(?:exec_|health_status|top|resize|attach|detach|archive-path|extract-to-dir)/;

/**
 * Looks at the start, after each event of a container, and when the look itself says that something is
 * due, until the signal aborts. Events wait up to 2 s for requests that are under way, so as not to
 * compete with them; what is due doesn't. An engine that can't be reached is asked again and again;
 * after each reconnection everything is looked at, since events can be lost.
 */
export function watchEngine(
  deps: ControlPlaneDependencies,
  options: {
    readonly log: ServerLog;
    readonly signal: AbortSignal;
    /** Resolves when no request is under way. */
    readonly idle: () => Promise<void>;
    /** Told what the engine tells. */
    readonly looks: Pick<SharedLooks, 'noteChanged' | 'noteEnded' | 'listening'>;
    /** A container started; `null`: any may have, for events were lost. */
    readonly started: (id: string | null) => void;
    /** Compares ledger and engine, and applies the rules. */
    readonly look: (signal: AbortSignal) => Promise<{
      readonly repairs: number;
      /** Look again after that. */
      readonly waitMs: number;
    }>;
  },
): EngineWatch {
  const { log, signal, idle } = options;
  let readiness: Readiness = { ready: false, reason: 'the first look at the engine is under way' };
  let missing = '';
  const wake = createWake();
  /** How long nothing is due; `null` when it failed. */
  const look = async (): Promise<number | null> => {
    try {
      const { repairs, waitMs } = await options.look(signal);
      const { notices } = await deps.firewall.ensure();
      if (notices.join() !== missing) log.warn('walls', { notices });
      missing = notices.join();
      if (repairs > 0) log.info('repaired', { repairs });
      if (!readiness.ready) log.info('ready');
      readiness = { ready: true, reason: null };
      return waitMs;
    } catch (error) {
      if (signal.aborted) return null;
      const reason = toDs01Error(error).message;
      if (readiness.reason !== reason) log.error('not ready', { reason });
      readiness = { ready: false, reason };
      return null;
    }
  };
  const looks = async (): Promise<void> => {
    let failedMs: number = retryMs.first / 2;
    while (!signal.aborted) {
      wake.reset();
      const quietMs = await look();
      failedMs = quietMs === null ? Math.min(failedMs * 2, retryMs.longest) : retryMs.first / 2;
      const waitMs = quietMs ?? failedMs;
      const dueAtMs = deps.clock.bootMs() + waitMs;
      if ((await wake.wait(waitMs, signal)) === 'due') continue;
      await deps.clock.sleep(settleMs, signal).catch(() => undefined);
      const leftMs = Math.max(0, Math.min(patienceMs, dueAtMs - deps.clock.bootMs()));
      const patience = deps.clock.sleep(leftMs, signal).catch(() => undefined);
      await Promise.race([idle(), patience]);
    }
  };
  const lookLater = (): void => {
    deps.clock.sleep(diedMs, signal).then(
      () => wake.now(),
      () => undefined,
    );
  };
  /** Of what happened until the events come nobody tells. */
  const lookAtAllLater = (connected: () => void): void => {
    options.started(null);
    deps.clock.sleep(connectedMs, signal).then(
      () => {
        options.started(null);
        connected();
        wake.now();
      },
      () => undefined,
    );
  };
  const outOfMemory = (id: string): void => {
    try {
      noteOutOfMemory(deps, id);
    } catch (error) {
      log.warn('an event could not be written down', { error: String(error) });
    }
  };
  const noteChange = ({ type, action, id }: EngineEvent): void => {
    const container = type === 'container' ? containerIdSchema.safeParse(id) : null;
    if (container?.success !== true) return options.looks.noteChanged(null);
    if (action !== 'die') return options.looks.noteChanged(container.data);
    options.looks.noteEnded(container.data);
    lookLater();
  };
  const listen = async (): Promise<void> => {
    while (!signal.aborted) {
      let isOver = false;
      try {
        lookAtAllLater(() => options.looks.listening(!isOver));
        for await (const event of deps.engine.events({ sinceMs: null, signal })) {
          if (event.type === 'container' && event.action === 'oom') outOfMemory(event.id);
          if (event.type === 'container' && event.action === 'start') options.started(event.id);
          if (matters(event)) {
            noteChange(event);
            wake.now();
          }
        }
      } catch (error) {
        log.warn('the engine’s events ended', { error: String(error) });
      }
      isOver = true;
      options.looks.listening(false);
      wake.now();
      await deps.clock.sleep(1000, signal).catch(() => undefined);
    }
  };
  return {
    lookAgain: () => wake.now(),
    readiness: () => readiness,
    ended: Promise.all([looks(), listen()]).then(() => undefined),
  };
}

function matters({ type, action }: EngineEvent): boolean {
  return type === 'daemon' || (type === 'container' && !unimportant.test(action));
}
