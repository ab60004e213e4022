import type { Readiness, VersionOutput } from '@ds01/contracts';
import type { Clock, Logger, PolicyFiles, SessionKeeper } from '@ds01/ports';
import type { ControlPlaneDependencies, StatelessDependencies } from '../dependencies.ts';
import type { GateState } from '../doctor/doctor.ts';
import type { LifecycleLoop } from '../lifecycle/loop.ts';
import type { SharedLooks } from '../reconcile/shared-looks.ts';
import type { Person } from './call.ts';
import type { MetricsText, QueueLoop, WorkUnderWay } from './service-hosts.ts';
import type { Turns } from './turns.ts';

/** The process that operations run in. */
export interface OperationsHost {
  readonly policyFiles: PolicyFiles;
  readonly logger: Logger;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** All adapters; opens the ledger. Fails when this process may not use it. */
  dependencies(): Promise<ControlPlaneDependencies>;
  /** The adapters that need no state. Fails when this process may not look at this host. */
  withoutState(): Promise<StatelessDependencies>;
  /** Keeps sessions; `null` in a process that ends with its command. */
  readonly keeper: SessionKeeper | null;
  /** Applies the rules; `null` in a process that ends with its command. */
  readonly lifecycle: LifecycleLoop | null;
  /** Who waits for GPUs; `null` in a process that ends with its command. */
  readonly queue: QueueLoop | null;
  /** Long work that goes on without its caller; `null` in a process that ends with its command. */
  readonly work: WorkUnderWay | null;
  /** What reads see together; without, each looks itself. */
  readonly looks?: SharedLooks;
  /** `null` where nothing is counted. */
  readonly metrics: MetricsText | null;
  /** What else changes containers here takes turns with operations; without, nothing else does. */
  readonly turns?: Turns;
  gate(): GateState;
  version(): VersionOutput;
  /** Whether engine and ledger agree. */
  ready(): Promise<Readiness>;
  /**
   * Aborts a request of this person that is under way; false when there is none. A dry run only
   * looks whether there is one.
   */
  cancel(id: string, person: Person, options: { readonly dryRun: boolean }): boolean;
}
