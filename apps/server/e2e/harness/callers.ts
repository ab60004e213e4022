import { once } from 'node:events';
import { routes, wireHeaders, type RouteId } from '@ds01/contracts';
import type { RunningCommand } from '@ds01/e2e';
import { z } from 'zod';
import { callerScript } from './caller-script.ts';
import type { DaemonSandbox } from './use-sandbox.ts';

/** A request as a caller sends it. */
export interface SentRequest {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string;
  /** So many bytes instead of a body. */
  readonly bodyBytes?: number;
  /** Without saying how much is sent. */
  readonly chunked?: boolean;
  /** Leaves as soon as an answer begins. */
  readonly hangUp?: boolean;
  /** Bytes as they are instead of everything else. */
  readonly raw?: string;
}

const answerSchema = z.object({
  status: z.int(),
  headers: z.record(z.string(), z.unknown()).default({}),
  body: z.string().default(''),
  error: z.string().optional(),
});

/** What came back; status 0 when nothing did. */
export type Answer = z.infer<typeof answerSchema>;

/** An address that the daemon listens at. */
export interface NetworkTarget {
  readonly host: string;
  readonly port: number;
  /** Certificate in PEM; without, the connection is not encrypted. */
  readonly ca?: string;
}

/**
 * Sends requests from one process of this person (a uid without an account may be given), to the socket
 * unless another target is named.
 */
export async function sendAs(
  sandbox: DaemonSandbox,
  who: string | number,
  requests: readonly SentRequest[],
  target?: NetworkTarget,
): Promise<readonly Answer[]> {
  const outcome = await startCaller(sandbox, who, { requests, target }).done;
  if (outcome.code !== 0) throw new Error(outcome.stderr);
  return outcome.json(z.array(answerSchema).length(requests.length));
}

/** A request whose answer goes on: its id, and its end. */
export interface LongRequest {
  readonly id: string;
  readonly done: Promise<unknown>;
}

/** Sends one request, and waits for the head of its answer only. */
export async function sendLong(
  sandbox: DaemonSandbox,
  who: string,
  request: SentRequest,
  target?: NetworkTarget,
): Promise<LongRequest> {
  const { child, done } = startCaller(sandbox, who, { requests: [request], target });
  const [text]: unknown[] = await once(child.stderr ?? child, 'data');
  const id = /^request ([0-9a-f]{16})$/m.exec(String(text))?.[1];
  if (id === undefined) throw new Error(String(text));
  return { id, done };
}

function startCaller(
  sandbox: DaemonSandbox,
  who: string | number,
  sent: {
    readonly requests: readonly SentRequest[];
    readonly target: NetworkTarget | undefined;
  },
): RunningCommand {
  const target = sent.target ?? { socketPath: sandbox.daemon.socketPath };
  const stdin = JSON.stringify({ target, requests: sent.requests });
  const script = [sandbox.programs.node, '-e', callerScript];
  const id = String(who);
  const words =
    typeof who === 'number'
      ? ['setpriv', `--reuid=${id}`, `--regid=${id}`, '--clear-groups', ...script]
      : script;
  const user = typeof who === 'number' || who === 'root' ? {} : { user: who };
  return sandbox.start(words, { ...user, stdin, timeoutMs: 110_000 });
}

/** The request for an operation: its input in the path, then in the query or the body. */
export function requestOf(
  id: RouteId,
  input: Readonly<Record<string, unknown>>,
  options: {
    readonly actFor?: string;
    readonly dryRun?: boolean;
    /** Secret of a token to come with. */
    readonly token?: string;
  } = {},
): SentRequest {
  const route = routes[id];
  const rest = { ...input };
  const path = route.path.replaceAll(/\{(\w+)\}/g, (_, key: string) => {
    const value = rest[key];
    delete rest[key];
    return encodeURIComponent(String(value));
  });
  const query = new URLSearchParams(options.dryRun === true ? { dryRun: 'true' } : {});
  const isPost = route.method === 'POST';
  if (!isPost) for (const [key, value] of Object.entries(rest)) query.set(key, String(value));
  return {
    method: route.method,
    path: query.size === 0 ? path : `${path}?${query.toString()}`,
    headers: {
      ...(isPost ? { 'content-type': 'application/json' } : {}),
      ...(options.actFor === undefined ? {} : { [wireHeaders.actFor]: options.actFor }),
      ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
      ...(route.kind === 'session' ? { connection: 'upgrade', upgrade: 'ds01-session/1' } : {}),
    },
    ...(isPost ? { body: JSON.stringify(rest) } : {}),
    // What runs on with nobody connected, or never ends, isn't waited for.
    ...(id === 'events.follow' ||
    (route.kind === 'session' && (id !== 'containers.exec' || input['keep'] === true))
      ? { hangUp: true }
      : {}),
  };
}
