export { buildApps } from './build-apps.ts';
export type { CommandOptions, CommandOutcome, RunningCommand } from './command.ts';
export type { SandboxDaemon } from './daemon.ts';
export { people, person } from './people.ts';
export type { LeaseRow } from './resources.ts';
export {
  type ConfigFiles,
  type Ds01Options,
  type HostResources,
  type Sandbox,
  type SandboxOptions,
  startSandbox,
} from './sandbox.ts';
