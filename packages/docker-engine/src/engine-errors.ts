import { ds01Error, isDs01Error, type Ds01Error } from '@ds01/contracts';
import { z } from 'zod';

/** What a failed request was about. */
export interface RequestFacts {
  readonly method: string;
  readonly path: string;
}

const hint = 'ds01 doctor';
const messageSchema = z
  .string()
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      context.addIssue('not JSON');
      return z.NEVER;
    }
  })
  .pipe(z.object({ message: z.string() }));

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such socket',
  ENOTSOCK: 'this is not a socket',
  ECONNREFUSED: 'nothing listens there',
  EACCES: 'this account may not open it',
  EPERM: 'this account may not open it',
  ETIMEDOUT: 'it did not accept the connection in time',
};

/** The caller's signal ended a request: `operation.interrupted`. */
export function interrupted(request: RequestFacts): Ds01Error {
  return ds01Error('operation.interrupted', {
    message: `Interrupted while the engine worked on ${request.method} ${request.path}.`,
  });
}

/**
 * No answer within the limit. A question is `engine.unreachable`; a command may still take effect
 * and is `operation.timed-out`.
 */
export function slowAnswer(request: RequestFacts & { readonly timeoutMs: number }): Ds01Error {
  const code = request.method === 'GET' ? 'engine.unreachable' : 'operation.timed-out';
  return ds01Error(code, {
    message: `The Docker engine did not answer ${request.method} ${request.path} within ${String(request.timeoutMs / 1000)} s.`,
    hint,
    details: { method: request.method, path: request.path, timeoutMs: request.timeoutMs },
  });
}

/** Whatever went wrong with the connection itself, as `engine.unreachable`; DS01's errors as is. */
export function brokenConnection(
  error: unknown,
  socketPath: string,
  request: RequestFacts,
): Ds01Error {
  if (isDs01Error(error)) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const reason = reasons[code] ?? 'the connection broke off';
  return ds01Error('engine.unreachable', {
    message: `The Docker engine at ${socketPath} can't be reached: ${reason}${code === '' ? '' : ` (${code})`}.`,
    hint,
    details: { socketPath, code, method: request.method, path: request.path },
    cause: error,
  });
}

/** The engine's answer is not what the API promises: `engine.error`. */
export function notUnderstood(request: RequestFacts, problem: string): Ds01Error {
  return ds01Error('engine.error', {
    message: `The Docker engine's answer to ${request.method} ${request.path} was not understood: ${problem}.`,
    hint,
    details: { method: request.method, path: request.path },
  });
}

/**
 * The engine refused a request. `text` is the body: the engine's JSON with a `message`, or
 * anything. The messages that are told apart are those of moby 20.10 to 28.
 */
export function refusal(status: number, text: string, request: RequestFacts): Ds01Error {
  const parsed = messageSchema.safeParse(text);
  const message = (parsed.success ? parsed.data.message : text).trim().slice(0, 4000);
  return engineFailure(message === '' ? `HTTP status ${String(status)}` : message, request, status);
}

/** An engine's complaint in words, wherever it appeared. */
export function engineFailure(message: string, request: RequestFacts, status = 500): Ds01Error {
  const { method, path } = request;
  const details = { method, path, status, engineMessage: message };
  const make = (
    code: Parameters<typeof ds01Error>[0],
    sentence: string,
    withHint?: string,
  ): Ds01Error => ds01Error(code, { message: sentence, hint: withHint, details });
  const gate = gateSentence(message);
  if (gate !== null) return make('gate.refused', gate);
  if (/no space left on device/i.test(message))
    return make('engine.storage-full', message, 'df -h');
  if (/could not select device driver/i.test(message)) {
    return make('gate.missing', `The engine knows no GPU runtime hook: ${message}`, hint);
  }
  if (/port is already allocated|bind: address already in use/i.test(message)) {
    return make('port.taken', takenPort(message));
  }
  if (/\bnetwork \S+ not found/i.test(message)) return make('network.not-found', message);
  if (/no such image/i.test(message)) return make('image.not-found', message);
  if (/no such container/i.test(message)) return make('container.not-found', message);
  if (status === 404 && /^\/(containers|exec)\//.test(request.path)) {
    return make('container.not-found', message);
  }
  if (status === 404 && request.path.startsWith('/images/'))
    return make('image.not-found', message);
  if (status === 409 && /already in use by container/i.test(message)) {
    return make('container.exists', message);
  }
  if (request.path.startsWith('/networks') && networkConflict.test(message)) {
    return make('engine.conflict', message);
  }
  if (leftBehind.test(message)) {
    return ds01Error('engine.conflict', {
      message: `An earlier run of the container is still in the engine's way: ${message}`,
      hint,
      details: { ...details, leftBehind: true },
    });
  }
  if (status === 409 || wrongState.test(message)) return make('engine.conflict', message);
  return make('engine.error', message);
}

/** Refusals of a network that moby reports with status 403. */
const networkConflict =
  /conflicts with network|same bridge name|pool overlaps|has active endpoints|pre-defined network|already exists/i;

/**
 * dockerd was killed while it started the container, or lost sight of it: containerd still has its
 * task (the process ended, or not), dockerd believes that it never ran. Once the shim has ended
 * containerd forgets the task a moment before it removes its folder.
 */
const leftBehind =
  /\btask [0-9a-f]{64}: already exists|^id already in use$|\bfailed to start shim: mkdir \S+\/[0-9a-f]{64}: file exists/i;

/** `Bind for 127.0.0.1:80 failed` of the port allocator, `listen tcp4 127.0.0.1:80` of the proxy. */
function takenPort(message: string): string {
  const address = /(?:Bind for|listen \w+) (\S+?:\d+)/.exec(message)?.[1];
  return address === undefined ? message : `Port ${address} of this host is taken.`;
}

/** States that moby 20.10 reports with status 500 although they are conflicts. */
const wrongState =
  /\bis (?:not|already) (?:running|paused)\b|cannot start a paused container|container not running/i;

/**
 * The gate's own sentence in the engine's message. runc quotes a hook's standard error after
 * `stderr:`; only a line that starts with `ds01: ` there counts.
 */
function gateSentence(message: string): string | null {
  if (!/\bhooks?\b/i.test(message)) return null;
  const stderr = message.slice(Math.max(message.indexOf('stderr:'), 0)).replaceAll('\\n', '\n');
  const line = /(?:^stderr:\s*|\n\s*)ds01: ([^\n]+)/.exec(stderr)?.[1];
  return line === undefined ? null : line.replace(/:? unknown$/, '').trim();
}
