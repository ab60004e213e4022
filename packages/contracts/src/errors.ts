/** Exit codes of every DS01 command. */
export const exitCodes = {
  ok: 0,
  internal: 1,
  usage: 2,
  notFound: 3,
  conflict: 4,
  capacity: 5,
  unreachable: 6,
  denied: 7,
  timeout: 8,
  interrupted: 130,
} as const;

/** One row of the error table. */
export interface ErrorKind {
  /** Key of {@link exitCodes}. */
  readonly category: Exclude<keyof typeof exitCodes, 'ok'>;
  readonly httpStatus: number;
  readonly retryable: boolean;
  /** One sentence that is true of every error with this code. */
  readonly title: string;
}

const usage = (title: string): ErrorKind => row('usage', 400, title);
const notFound = (title: string): ErrorKind => row('notFound', 404, title);
const conflict = (title: string, retryable = false): ErrorKind =>
  row('conflict', 409, title, retryable);
const capacity = (title: string, retryable = false): ErrorKind =>
  row('capacity', 429, title, retryable);
const denied = (title: string): ErrorKind => row('denied', 403, title);

function row(
  category: ErrorKind['category'],
  httpStatus: number,
  title: string,
  retryable = false,
): ErrorKind {
  return { category, httpStatus, retryable, title };
}

/** Every error that DS01 reports: code -> category, HTTP status, retryable, title. */
export const errorTable = {
  'internal.unexpected': row('internal', 500, 'Something failed that DS01 did not expect.'),
  'internal.storage-full': row('internal', 507, 'A disk that DS01 writes to is full.', true),
  'internal.state-unwritable': row('internal', 500, "DS01's state folder can't be written."),
  'usage.invalid': usage('The command was not understood.'),
  'usage.not-yet': usage('This option is not available in this version.'),
  'name.invalid': usage('The name breaks the rule for names.'),
  'env.refused': usage('This environment variable is not the caller’s to set.'),
  'label.refused': usage('Labels under ds01. are not the caller’s to set.'),
  'gpu.invalid-count': usage('The number of GPUs is out of range.'),
  'gpu.invalid-profile': usage('The MIG profile was not understood.'),
  'workspace.not-a-folder': usage('The workspace is not a folder.'),
  'workspace.is-link': usage('The workspace is a symbolic link.'),
  'workspace.invalid': usage('The workspace path can’t be used.'),
  'workspace.not-found': notFound('The workspace folder does not exist.'),
  'workspace.denied': denied('The owner may not use this folder.'),
  'workspace.outside': denied('The folder lies outside of what this site lets people mount.'),
  'data.denied': denied('This data folder can’t be mounted in this way.'),
  'file.denied': denied('The owner may not use this file.'),
  'file.not-a-file': usage('Something else is where a file of the owner belongs.'),
  'file.not-found': notFound('The file’s folder does not exist.'),
  'file.too-large': row('usage', 413, 'The file is too large.'),
  'user.unknown': notFound('There is no such account.'),
  'group.unknown': notFound('There is no such group in the limits file.'),
  'container.not-found': notFound('There is no such container.'),
  'container.exists': conflict('A container of this name exists already.'),
  'container.different-request': conflict('The container exists with another configuration.'),
  'container.not-running': conflict('The container is not running.'),
  'container.running': conflict('The container is running.'),
  'container.paused': conflict('The container is paused.'),
  'container.start-failed': conflict('The container could not be started.'),
  'container.stop-failed': conflict('The container did not stop.'),
  'container.foreign': conflict('DS01 did not make this container.'),
  'container.owned': conflict('The container has an owner for good.'),
  'container.ambiguous': conflict('Several containers have this name.'),
  'secrets.lost': conflict('The secrets of this container are gone.'),
  'port.refused': usage('This port can’t be published.'),
  'port.taken': conflict('The port is in use.', true),
  'port.no-listener': conflict('Nothing listens on this port inside.', true),
  'network.refused': denied('This network is not allowed here.'),
  'network.not-found': conflict('The network is gone.', true),
  'network.pool-exhausted': capacity('No address range is left for another user’s network.'),
  'env-file.invalid': usage('The file of variables was not understood.'),
  'copy.not-found': notFound('There is nothing to copy at this path.'),
  'copy.failed': conflict('Not everything could be copied.'),
  'copy.no-tar': conflict('The container has no tar, which copying needs.'),
  'copy.unsafe': denied('The container sent files that belong outside of the copy.'),
  'image.not-found': notFound('There is no such image.'),
  'image.invalid': usage('The image reference was not understood.'),
  'image.exists': conflict('An image or tag of this name exists already.'),
  'image.in-use': conflict('Containers use this image.'),
  'image.build-failed': conflict('The image could not be built.'),
  'image.push-failed': row(
    'unreachable',
    502,
    'The image could not be sent to its registry.',
    true,
  ),
  'image.unreadable': conflict('What is installed in the image could not be read.'),
  'build.not-found': notFound('There is no such build.'),
  'build.too-many': capacity('The user has as many builds under way as allowed.', true),
  'build.refused': denied('This site does not allow what the build wants to do.'),
  'build.context-invalid': usage('The build context was not understood.'),
  'build.context-too-large': row('usage', 413, 'The build context is too large.'),
  'dockerfile.invalid': usage('The Dockerfile was not understood.'),
  'dockerfile.not-found': notFound('There is no Dockerfile.'),
  'dockerfile.exists': conflict('There is a Dockerfile already.'),
  'recipe.invalid': usage('The description of the image was not understood.'),
  'requirements.invalid': usage('The list of packages was not understood.'),
  'base.not-found': notFound('There is no such base image in the catalogue.'),
  'base.driver-too-old': conflict('The driver of this server can’t run the base image.'),
  'registry.denied': denied('The registry refused the credentials.'),
  'registry.refused': denied('This site does not allow the registry.'),
  'image.pull-failed': row('unreachable', 502, 'The image could not be pulled.', true),
  'gpu.none-free': capacity('No suitable GPU is free.', true),
  'gpu.reserved': capacity('What is free is reserved for somebody else before it could end.', true),
  'gpu.no-match': capacity('No GPU of this server fits the request.'),
  'gpu.full-not-allowed': capacity('Whole GPUs are not allowed for this user.'),
  'gpu.gone': capacity('The devices of this container belong to somebody else now.', true),
  'gpu.lost': capacity('The GPU of this container failed, or left the server.', true),
  'gpu.probe-failed': row('unreachable', 503, 'The GPUs could not be read.', true),
  'quota.gpu-exceeded': capacity('The user’s GPU quota is used up.'),
  'quota.aggregate-gpu-exceeded': capacity('The user’s aggregate GPU limit is reached.'),
  'quota.slots-per-container': capacity('More GPUs than one container may have.'),
  'quota.containers-exceeded': capacity('The user has as many containers as allowed.'),
  'quota.cpus-exceeded': capacity('More CPUs than the user may have.'),
  'quota.memory-exceeded': capacity('More memory than the user may have.'),
  'lease.not-found': notFound('There is no such lease.'),
  'lease.in-use': conflict('A running container uses the GPUs of this lease.'),
  'lifecycle.not-limited': conflict('No rule that this would postpone applies to the container.'),
  'queue.full': capacity('The user has as many waiting requests as allowed.'),
  'queue.different-request': conflict('Another request waits for a container of this name.'),
  'queue.not-found': notFound('There is no such waiting request.'),
  'queue.ended': conflict('The request waits no longer.'),
  'queue.draining': conflict('Nobody may join the queue at the moment.', true),
  'queue.timed-out': row('timeout', 504, 'No GPU fell to the request in the time it waited.', true),
  'queue.unavailable': row('unreachable', 503, 'Waiting needs the DS01 daemon.', true),
  'queue.empty-history': conflict('There is nothing to simulate with.'),
  'token.not-found': notFound('There is no such token.'),
  'token.invalid': row('denied', 401, 'The token is missing, unknown, expired or revoked.'),
  'token.scope': denied('The token does not reach that far.'),
  'token.needs-socket': denied('Tokens can’t make tokens.'),
  'token.needs-tls': denied('A token of an administrator counts over TLS only.'),
  'token.too-many': capacity('The user has as many tokens as allowed.'),
  'rate.limited': capacity('Too many requests.', true),
  'rate.too-many-streams': capacity('Too many streams are open.', true),
  'request.key-reused': row('usage', 422, 'The Idempotency-Key was used for another request.'),
  'request.media-type': row('usage', 415, 'The body is of a type that is not taken here.'),
  'request.cursor': usage('The cursor is not one of this list.'),
  'route.method': row('usage', 405, 'This method is not for this route.'),
  'route.needs-upgrade': row('usage', 426, 'This route is a session and needs an upgrade.'),
  'work.not-found': notFound('There is no such operation.'),
  'work.ended': conflict('The operation has ended.'),
  'work.interrupted': row('conflict', 409, 'The daemon was restarted during the operation.'),
  'lifecycle.unavailable': row('unreachable', 503, 'The rules are not looked after here.', true),
  'keep.too-long': capacity('The idle stop can’t be postponed for that long.'),
  'policy.changed': conflict('A configuration file was changed by somebody else.', true),
  'policy.refused': conflict('The change would make the configuration invalid.'),
  'exemption.not-found': notFound('There is no such exemption.'),
  'reservation.not-found': notFound('There is no such reservation.'),
  'extension.not-found': notFound('Nobody asks for more runtime for this container.'),
  'notify.failed': row('unreachable', 502, 'A message could not be delivered.', true),
  'lease.fenced': conflict('The reservation ran out before it was used.', true),
  'lease.conflict': conflict('Somebody else took the GPU at the same moment.', true),
  'ledger.busy': row('timeout', 503, 'The ledger was locked for too long.', true),
  'ledger.other-engine': conflict('The ledger belongs to another Docker engine.'),
  'ledger.unavailable': row('internal', 503, 'The ledger can’t be used.', true),
  'limits.invalid-file': conflict('The limits files have errors.'),
  'gate.refused': conflict('The gate refused to start this container.'),
  'gate.missing': conflict('The gate is not installed in this engine.'),
  'engine.unreachable': row('unreachable', 503, 'The Docker engine does not answer.', true),
  'engine.error': row('internal', 502, 'The Docker engine reported an error.'),
  'engine.conflict': conflict('The Docker engine refused because of a conflict.', true),
  'engine.storage-full': row('internal', 507, 'The engine’s disk is full.', true),
  'pin.not-visible': conflict('The engine does not see a pinned folder.'),
  'access.denied': denied('This is not allowed for the caller.'),
  'daemon.version': conflict('Command and daemon are of versions that do not fit.'),
  'daemon.busy': row('timeout', 503, 'The daemon has too much to do right now.', true),
  'request.invalid': usage('The request was not understood.'),
  'request.too-large': row('usage', 413, 'The request is too large.'),
  'request.headers-too-large': row('usage', 431, 'The headers of the request are too long.'),
  'request.too-slow': row('timeout', 408, 'The request did not arrive in time.', true),
  'route.not-found': notFound('There is no such route.'),
  'session.not-found': notFound('There is no such session.'),
  'session.attached': conflict('Somebody is connected with this session.'),
  'session.taken-over': conflict('The session goes on at another terminal.'),
  'session.too-many': capacity('The user has as many sessions as allowed.'),
  'daemon.unreachable': row('unreachable', 503, 'The DS01 daemon does not answer.', true),
  'operation.timed-out': row('timeout', 504, 'The operation took too long.', true),
  'operation.interrupted': row('interrupted', 499, 'The operation was interrupted.', true),
} as const satisfies Readonly<Record<string, ErrorKind>>;

/** Code of an error, `area.reason`. */
export type ErrorCode = keyof typeof errorTable;

/** Values that explain an error; plain data only. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

/** Wire form of an error: RFC 9457 problem details with DS01's fields; see `problemSchema`. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  /** A command that helps, or a sentence that says what to do; `null` without. */
  readonly hint: string | null;
  readonly retryable: boolean;
  readonly details: Record<string, unknown>;
  readonly requestId: string | null;
}

const brand: symbol = Symbol.for('ds01.error');

/** What an error is made of. */
export interface Ds01ErrorOptions {
  /** What happened, with the values that matter. */
  readonly message: string;
  /** The next command to type, or what to do. */
  readonly hint?: string | undefined;
  readonly details?: ErrorDetails | undefined;
  /** Whether the same request may succeed later, where that is known better than by the code. */
  readonly retryable?: boolean | undefined;
  readonly cause?: unknown;
}

/** The one error class of DS01. Recognise it with {@link isDs01Error}, never by `instanceof`. */
export class Ds01Error extends Error {
  readonly code: ErrorCode;
  readonly hint: string | null;
  readonly details: ErrorDetails;
  readonly retryable: boolean;

  constructor(code: ErrorCode, options: Ds01ErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'Ds01Error';
    this.code = code;
    this.hint = options.hint ?? null;
    this.details = options.details ?? {};
    this.retryable = options.retryable ?? errorTable[code].retryable;
    Object.defineProperty(this, brand, { value: true });
  }
}

/** True for errors made by any copy of this package. */
export function isDs01Error(value: unknown): value is Ds01Error {
  return typeof value === 'object' && value !== null && Reflect.get(value, brand) === true;
}

/** Shorthand that makes an error. */
export function ds01Error(code: ErrorCode, options: Ds01ErrorOptions): Ds01Error {
  return new Ds01Error(code, options);
}

/** The error itself when it is DS01's, else an `internal.unexpected` around it. */
export function toDs01Error(value: unknown): Ds01Error {
  if (isDs01Error(value)) return value;
  const message = value instanceof Error ? value.message : String(value);
  return new Ds01Error('internal.unexpected', {
    message,
    hint: 'ds01 doctor',
    cause: value,
  });
}

/** Exit code of an error. */
export function exitCodeOf(error: Ds01Error): number {
  return exitCodes[errorTable[error.code].category];
}

/** The error's wire form. */
export function problemOf(error: Ds01Error, requestId: string | null = null): Problem {
  const kind = errorTable[error.code];
  return {
    type: `urn:ds01:error:${error.code}`,
    title: kind.title,
    status: kind.httpStatus,
    code: error.code,
    detail: error.message,
    hint: error.hint,
    retryable: error.retryable,
    details: { ...error.details },
    requestId,
  };
}

/** The error of a wire form; one of a later version, whose code isn't known here, keeps its text. */
export function errorOfProblem(problem: Problem): Ds01Error {
  const code = codes.find((known) => known === problem.code) ?? 'internal.unexpected';
  return new Ds01Error(code, {
    message: problem.detail,
    hint: problem.hint ?? undefined,
    details: problem.details,
    retryable: problem.retryable,
  });
}

const codes = Object.keys(errorTable) as readonly ErrorCode[];
