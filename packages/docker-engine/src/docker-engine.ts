import { ds01Error } from '@ds01/contracts';
import type { ContainerEngine } from '@ds01/ports';
import { createApi } from './api.ts';
import { createBuildCalls } from './build-calls.ts';
import { createConnection } from './connection.ts';
import { createContainerCalls } from './container-calls.ts';
import { createDockerodeLoader } from './dockerode-client.ts';
import { createEventCalls } from './event-calls.ts';
import { createExecCalls } from './exec-calls.ts';
import { createFileCalls } from './file-calls.ts';
import { createImageCalls } from './image-calls.ts';
import { createInfoCalls } from './info-calls.ts';
import { createLayerCalls } from './layer-calls.ts';
import { createLogCalls } from './log-calls.ts';
import { createNetworkCalls } from './network-calls.ts';
import { createStatsCalls } from './stats-calls.ts';
import { createTopCalls } from './top-calls.ts';
import { createTransferCalls } from './transfer-calls.ts';

/** Where the engine is: exactly one of `socketPath` and `dockerHost`. */
export interface DockerEngineOptions {
  /** Path of the engine's unix socket. */
  readonly socketPath?: string | undefined;
  /** The same as Docker's tools take it: `unix:///path`. */
  readonly dockerHost?: string | undefined;
  /** How long an ordinary answer may take; 60 s. Starting, pulling and committing get more. */
  readonly timeoutMs?: number | undefined;
  /** Called as each request is sent, `GET /version` included; paths carry no version. */
  readonly onRequest?: ((request: { method: string; path: string }) => void) | undefined;
}

/** A Docker engine, and its idle connections. */
export interface DockerEngine extends ContainerEngine {
  /** Drops idle connections; they don't keep the process running either way. */
  close(): void;
}

const connectTimeoutMs = 10_000;

/**
 * The engine at a unix socket (Engine API 1.41 and newer, negotiated at the first call). Opens
 * nothing before the first call. Throws `usage.invalid` when it isn't told one unix socket.
 */
export function createDockerEngine(options: DockerEngineOptions): DockerEngine {
  const timeoutMs = options.timeoutMs ?? 60_000;
  const connection = createConnection({
    socketPath: socketPathOf(options),
    connectTimeoutMs: Math.min(connectTimeoutMs, timeoutMs),
    onRequest: options.onRequest,
  });
  const api = createApi(connection, timeoutMs);
  const dockerode = createDockerodeLoader(api);
  return {
    ...createInfoCalls(api),
    ...createContainerCalls(api),
    ...createImageCalls(api),
    ...createNetworkCalls(api),
    ...createFileCalls(api),
    ...createLogCalls(api),
    ...createExecCalls(api, dockerode),
    ...createStatsCalls(api, dockerode),
    ...createTopCalls(api),
    ...createEventCalls(api, dockerode),
    ...createTransferCalls(api),
    ...createBuildCalls(api),
    ...createLayerCalls(api),
    close: () => api.close(),
  };
}

function socketPathOf({ socketPath, dockerHost }: DockerEngineOptions): string {
  if (socketPath !== undefined && socketPath !== '' && dockerHost === undefined) return socketPath;
  const path = /^unix:\/\/(\/.+)$/.exec(dockerHost ?? '')?.[1];
  if (path !== undefined && socketPath === undefined) return path;
  throw ds01Error('usage.invalid', {
    message: `DS01 talks to Docker over a unix socket; DOCKER_HOST ${JSON.stringify(dockerHost ?? '')} is none.`,
    hint: 'export DOCKER_HOST=unix:///var/run/docker.sock',
    details: { socketPath: socketPath ?? null, dockerHost: dockerHost ?? null },
  });
}
