export {
  createDockerEngine,
  type DockerEngine,
  type DockerEngineOptions,
} from './docker-engine.ts';
export {
  createInMemoryEngine,
  type InMemoryEngineControls,
  type InMemoryEngineOptions,
} from './in-memory/in-memory-engine.ts';
export type { EngineCall, EngineCallHook } from './in-memory/call-points.ts';
export type { InMemoryBuildStep, RunStep } from './in-memory/build-step.ts';
export type { InMemoryFile } from './in-memory/files.ts';
export type { InMemoryImage } from './in-memory/image-calls.ts';
export type { InMemoryProcess, RunProcess } from './in-memory/process.ts';
export type { InMemoryAccount } from './in-memory/registry.ts';
