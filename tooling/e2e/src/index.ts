export { buildApps } from './build-apps.ts';
export type { CommandLine, CommandOptions, CommandOutcome, RunningCommand } from './command.ts';
export type { SandboxDaemon } from './daemon.ts';
export { allContainers, devicesOf, doubledDevices, retireAll } from './engine-truth.ts';
export {
  askAtRate,
  openLoad,
  percentileOf,
  type LoadAnswer,
  type LoadRequest,
  type LoadTarget,
  type OpenLoad,
} from './http-load.ts';
export { createKnownContainers } from './known-containers.ts';
export { configWith, type LimitValues } from './limits.ts';
export { failureOf, succeeded, uuidsIn } from './outcomes.ts';
export { people, person } from './people.ts';
export { createRandom, type Random } from './random.ts';
export type { LeaseRow } from './resources.ts';
export {
  type ConfigFiles,
  type Ds01Options,
  type HostResources,
  type Sandbox,
  type SandboxOptions,
  startSandbox,
} from './sandbox.ts';
export { wrongThings } from './wrong-things.ts';
