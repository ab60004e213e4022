export { createDockerEngine, type DockerEngine, type DockerEngineOptions } from './docker-engine.ts';
