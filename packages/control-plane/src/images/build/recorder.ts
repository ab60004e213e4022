import type { BuildEvent } from '@ds01/contracts';
import type { BuildRecord } from '@ds01/ports';
import type { ControlPlaneDependencies } from '../../dependencies.ts';
import type { CurrentPolicy } from '../../policy.ts';
import { keepRenewing } from '../../renewal.ts';
import { createBuildLog, type BuildLog } from './log.ts';
import type { BuildPosition } from './output.ts';
import { buildTtlMs, endBuild, renewBuild } from './record.ts';

/** Keeps what happens to a build, and the build alive in the ledger. */
export interface BuildRecorder {
  note(event: BuildEvent): void;
  elapsedMs(): number;
  /** Writes down how the build ended; it is over for everybody then. */
  end(outcome: Pick<BuildRecord, 'state'> & Partial<BuildRecord>, position: BuildPosition): void;
  /** Lets the build be given up for lost, unless its end was written down. */
  stop(): void;
}

/** A recorder of a build that was begun; `onLost` is called when others gave the build up. */
export function createRecorder(
  deps: Pick<ControlPlaneDependencies, 'store' | 'clock' | 'logger'>,
  build: { readonly record: BuildRecord; readonly policy: CurrentPolicy },
  onLost: () => void,
): BuildRecorder {
  const { record, policy } = build;
  const log = createBuildLog();
  const ttlMs = buildTtlMs(policy);
  const renewal = keepRenewing(deps, ttlMs, () => {
    if (!renewBuild(deps, record, ttlMs)) onLost();
  });
  return {
    note: (event) => write(log, event),
    elapsedMs: () => deps.clock.nowMs() - record.startedAtMs,
    end(outcome, { step, steps, cachedSteps }) {
      renewal.stop();
      const counted = step === 0 ? {} : { steps, cachedSteps };
      const finishedAtMs = deps.clock.nowMs();
      endBuild(deps, { ...record, ...counted, finishedAtMs, ...outcome }, log.read());
    },
    stop: () => renewal.stop(),
  };
}

function write(log: BuildLog, event: BuildEvent): void {
  switch (event.event) {
    case 'step':
      return log.add(`Step ${event.step}/${event.steps} : ${event.instruction}\n`);
    case 'cached':
      return log.add(' (cached)\n');
    case 'output':
      return log.add(event.text);
    case 'note':
      return log.add(`note: ${event.text}\n`);
    case 'pull':
      return event.percent === 0 ? log.add(`pulling ${event.reference}\n`) : undefined;
    case 'done':
      return undefined;
  }
}
