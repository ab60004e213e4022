import type { Caller, ControlPlaneDependencies, GateState } from '@ds01/control-plane';
import type { HostAccounts, Logger, PolicyFiles } from '@ds01/ports';
import type { Environment } from './environment.ts';

/** The world of one command, put together on first use. */
export interface Runtime {
  readonly environment: Environment;
  readonly accounts: HostAccounts;
  readonly policyFiles: PolicyFiles;
  readonly logger: Logger;
  /** All adapters; opens the ledger. Fails when this caller may not use DS01 embedded. */
  dependencies(): Promise<ControlPlaneDependencies>;
  /** For whom the command acts. */
  caller(door: Caller['interface']): Promise<Caller>;
  gate(): GateState;
  close(): void;
}

/** Changes adapters on their way into the use cases; for tests that break things on purpose. */
export type Decorate = (dependencies: ControlPlaneDependencies) => ControlPlaneDependencies;
