import { ds01Error, type Ds01Error, type SessionsOutput } from '@ds01/contracts';
import type { EngineSession, LogChunk, LogOptions, SessionKeeper, TerminalSize } from '@ds01/ports';
import type { Caller, UseCaseOptions } from './caller.ts';
import type { ControlPlaneDependencies } from './dependencies.ts';
import { checkEnv } from './deploy/input.ts';
import { personalShell } from './identity/shell-start.ts';
import { refuseLost, startExisting } from './start.ts';
import { gpusIfQuick, openContainer } from './use-case.ts';
import { notRunning } from './lookup.ts';
import { sessionOfConnection } from './connection-session.ts';

/** A process to run inside. */
export interface ExecInput {
  readonly name: string;
  /** Command and arguments; `null` is a shell: bash where the image has it, else sh. */
  readonly command: readonly string[] | null;
  readonly tty: boolean;
  readonly stdin: boolean;
  /** Size of the terminal, so that the process never sees an unset one; `null` without a TTY. */
  readonly size: TerminalSize | null;
  readonly env: Readonly<Record<string, string>>;
  /** Start the container first when it doesn't run (`container run`). */
  readonly startFirst: boolean;
  /** With a terminal: what runs outlives the connection, where there is somebody to keep it. */
  readonly keep: boolean;
}

/**
 * Runs a process inside as the container's own user, with the container's variables (its home among
 * them) and those given. Fails with `container.not-running`, `env.refused`, `session.too-many`.
 */
export async function exec(
  deps: ControlPlaneDependencies,
  caller: Caller,
  input: ExecInput,
  options: UseCaseOptions & { readonly keeper?: SessionKeeper | null } = {},
): Promise<EngineSession> {
  checkEnv(input.env);
  const opened = await openContainer(deps, { caller, name: input.name }, gpusIfQuick(options));
  const { container } = opened;
  if (input.startFirst) refuseLost(opened);
  if (container.state !== 'running') {
    if (!input.startFirst) throw notRunning(container.record.name, container.state);
    const again = await openContainer(deps, { caller, name: input.name }, options);
    const started = await startExisting(deps, { ...again, caller }, options);
    if (started.container.state === 'stopped') throw endedAtOnce(container.record.name);
  }
  const spec = {
    command: input.command ?? personalShell,
    user: `${caller.owner.uid}:${caller.owner.gid}`,
    workingDirectory: '/workspace',
    env: Object.entries(input.env).map(([key, value]) => `${key}=${value}`),
    tty: input.tty,
    stdin: input.stdin,
    ...(input.size === null ? {} : { size: input.size }),
  };
  const { id } = container.record;
  const keeper = input.tty ? (options.keeper ?? null) : null;
  if (keeper === null) return deps.engine.exec(id, spec, { signal: options.signal });
  const place = { containerId: id, uid: caller.owner.uid };
  // What is kept outlives the request, whose signal is only for the time until it runs.
  const opening = new AbortController();
  const abort = (): void => opening.abort(options.signal?.reason);
  options.signal?.throwIfAborted();
  const leave = input.keep ? keeper.admit(place) : null;
  options.signal?.addEventListener('abort', abort, { once: true });
  try {
    const session = await deps.engine.exec(id, spec, { signal: opening.signal });
    const { command, size } = input;
    if (!input.keep) return keeper.accompany(session, { ...place, size });
    return keeper.keep(session, { ...place, command, size });
  } finally {
    leave?.();
    options.signal?.removeEventListener('abort', abort);
  }
}

/** Connects with a session that is kept. Fails with `session.not-found`, `session.attached`. */
export async function resume(
  deps: ControlPlaneDependencies,
  caller: Caller,
  input: {
    readonly name: string;
    readonly id: string;
    readonly size: TerminalSize | null;
    readonly takeOver: boolean;
  },
  options: UseCaseOptions & { readonly keeper: SessionKeeper | null },
): Promise<EngineSession> {
  const { container } = await openContainer(
    deps,
    { caller, name: input.name },
    gpusIfQuick(options),
  );
  const place = { containerId: container.record.id, id: input.id };
  if (options.keeper !== null) return options.keeper.resume(place, input);
  throw ds01Error('session.not-found', {
    message: 'Without a daemon no session outlives its command.',
    hint: `ds01 container run ${container.record.name}`,
  });
}

/** The sessions of a container that are kept; none where nobody keeps any. */
export async function sessions(
  deps: ControlPlaneDependencies,
  caller: Caller,
  input: { readonly name: string },
  options: UseCaseOptions & { readonly keeper: SessionKeeper | null },
): Promise<SessionsOutput> {
  const { container } = await openContainer(
    deps,
    { caller, name: input.name },
    gpusIfQuick(options),
  );
  return { sessions: [...(options.keeper?.list(container.record.id) ?? [])] };
}

/**
 * Connects with a port inside of a running container. Fails with `container.not-running`,
 * `port.no-listener`, `port.refused`.
 */
export async function forward(
  deps: ControlPlaneDependencies,
  caller: Caller,
  input: { readonly name: string; readonly port: number },
  options: UseCaseOptions = {},
): Promise<EngineSession> {
  const { container } = await openContainer(
    deps,
    { caller, name: input.name },
    gpusIfQuick(options),
  );
  const { id: containerId, name } = container.record;
  if (container.state !== 'running') throw notRunning(name, container.state);
  const { pid } = await deps.engine.inspectContainer(containerId, options);
  if (pid === null) throw notRunning(name);
  return sessionOfConnection(
    await deps.ports.connect({ containerId, pid, port: input.port }, options.signal),
  );
}

function endedAtOnce(name: string): Ds01Error {
  return ds01Error('container.not-running', {
    message: `The main process of ${name} ended at once, so there is nothing to run in.`,
    hint: `ds01 container logs ${name}`,
  });
}

/** What PID 1 printed. */
export async function logs(
  deps: ControlPlaneDependencies,
  caller: Caller,
  input: { readonly name: string } & LogOptions,
  { dryRun, looks }: Pick<UseCaseOptions, 'dryRun' | 'looks'> = {},
): Promise<AsyncIterable<LogChunk>> {
  const options = { signal: input.signal, dryRun, looks };
  const target = { caller, name: input.name, foreign: 'allowed' } as const;
  const { container } = await openContainer(deps, target, gpusIfQuick(options));
  return deps.engine.logs(container.record.id, input);
}

/** Connects with the main process of a running container. Fails with `container.not-running`. */
export async function attach(
  deps: ControlPlaneDependencies,
  caller: Caller,
  input: {
    readonly name: string;
    readonly stdin: boolean;
    /** Size of the caller's terminal; `null` without one. */
    readonly size: TerminalSize | null;
  },
  options: UseCaseOptions = {},
): Promise<EngineSession> {
  const { container } = await openContainer(
    deps,
    { caller, name: input.name },
    gpusIfQuick(options),
  );
  if (container.state !== 'running') throw notRunning(container.record.name, container.state);
  const details = await deps.engine.inspectContainer(container.record.id, options);
  const session = await deps.engine.attach(container.record.id, {
    tty: details.tty,
    stdin: input.stdin && details.openStdin,
    signal: options.signal,
  });
  if (details.tty && input.size !== null) await session.resize(input.size);
  return { ...session, tty: details.tty };
}
