import type Docker from 'dockerode';
import { z } from 'zod';
import type { ApiRequest, EngineApi } from './api.ts';

/** What dockerode hands to its modem; `options` are query or body. */
interface DialCall {
  readonly path: string;
  readonly method: ApiRequest['method'];
  readonly options?: Readonly<Record<string, unknown>> | undefined;
  readonly abortSignal?: AbortSignal | undefined;
  readonly isStream?: boolean | undefined;
  readonly hijack?: boolean | undefined;
}

type DialCallback = (error: unknown, result?: unknown) => void;

/** Options for the modem that the engine must not see. */
const steering = new Set(['abortSignal']);

/**
 * Loads dockerode at the first call and only then: it takes 60 to 190 ms, more than most commands
 * have. It speaks through our own connection instead of its modem, so that time limits, abort,
 * version and errors are the same for every request, and the environment is not read.
 */
export function createDockerodeLoader(api: EngineApi): () => Promise<Docker> {
  let loaded: Promise<Docker> | undefined;
  return () => {
    loaded ??= load(api);
    return loaded;
  };
}

async function load(api: EngineApi): Promise<Docker> {
  const { default: Dockerode } = await import('dockerode');
  const options: Docker.DockerOptions & { readonly modem: unknown } = { modem: modemOver(api) };
  return new Dockerode(options);
}

function modemOver(api: EngineApi) {
  return {
    Promise,
    dial(call: DialCall, callback: DialCallback): void {
      perform(api, call).then(
        (result) => callback(null, result),
        (error: unknown) => callback(error),
      );
    },
  };
}

async function perform(api: EngineApi, call: DialCall): Promise<unknown> {
  const request = requestOf(call);
  if (call.hijack === true) return api.upgrade(request);
  if (call.isStream === true) return api.stream(request);
  return api.read(z.unknown(), request);
}

function requestOf(call: DialCall): ApiRequest {
  const given = Object.entries(call.options ?? {}).filter(
    ([name, value]) => value !== undefined && !steering.has(name),
  );
  const base = { method: call.method, signal: call.abortSignal };
  if (call.path.endsWith('?')) {
    const query = Object.fromEntries(given.map(queryParameter));
    return { ...base, path: call.path.slice(0, -1), query };
  }
  const body = call.method === 'GET' ? undefined : Object.fromEntries(given);
  return { ...base, path: call.path, body };
}

function queryParameter([name, value]: [string, unknown]): [string, string] {
  return [name, typeof value === 'string' ? value : JSON.stringify(value)];
}
