export {
  type Account,
  type AccountInput,
  accountSchema,
  accountsNamespace,
  accountsSchema,
} from './accounts.ts';
export { type BaseImageName, baseImageNames, makeBaseImage } from './base-images.ts';
export { type DockerHost, startDockerHost } from './docker-host.ts';
export { startDaemon, stopDaemon } from './engine-daemon.ts';
export { hostEnvironment, renderShellLines } from './host-environment.ts';
export { type HostPaths, hostPaths } from './host-paths.ts';
export { findHostRoot, listHostNames, requireHost } from './host-registry.ts';
export { type HostOptions, type HostState, hostStateSchema } from './host-state.ts';
export {
  type ImageRegistry,
  type ImageRegistryOptions,
  startImageRegistry,
} from './image-registry.ts';
export { type PackageIndex, startPackageIndex } from './package-index.ts';
export { commandInHost, type HostCommand } from './run-in-host.ts';
export { startHost, type StartOptions, stopHost } from './start-host.ts';
export { type MadePackage, makeWheel, wheelName } from './wheels.ts';
