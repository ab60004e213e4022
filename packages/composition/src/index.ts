export { createAdapters, type Adapters, type AdaptersOptions, type Decorate } from './adapters.ts';
export { createEmbeddedApi, type EmbeddedApi, type EmbeddedOptions } from './embedded.ts';
export { readEnvironment, type Environment } from './environment.ts';
export { gateState } from './gate-state.ts';
export { resolveCaller } from './resolve-caller.ts';
export { daemonLockName, refuseOpenFolder } from './state-folder.ts';
export { readConfigFolder } from './read-config-folder.ts';
