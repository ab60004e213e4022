import type { Clock, ContainerDetails } from '@ds01/ports';
import type { EventHub } from './events.ts';
import type { RunningProcess, RunProcess } from './process.ts';
import type { InMemoryRegistry } from './registry.ts';
import type { RunStep } from './build-step.ts';
import type { MemoryState } from './state.ts';

/** What the calls of the in-memory engine share. */
export interface MemoryContext {
  readonly state: MemoryState;
  readonly clock: Clock;
  readonly hub: EventHub;
  readonly run: RunProcess;
  /** The gate's refusal of a start, or `null`. Asked for containers with GPUs only. */
  readonly gate: (container: ContainerDetails) => Promise<string | null> | string | null;
  /** True for host paths that exist. */
  readonly isPath: (path: string) => boolean;
  /** Runs the command of a `RUN`. */
  readonly runStep: RunStep;
  readonly registry: InMemoryRegistry;
  execsOf(containerId: string): Set<RunningProcess>;
  /** Process ids given out. */
  pids: number;
}
