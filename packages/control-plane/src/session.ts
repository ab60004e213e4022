import { ds01Error, type Ds01Error } from '@ds01/contracts';
import type { EngineSession, LogChunk, LogOptions, TerminalSize } from '@ds01/ports';
import type { Caller, UseCaseOptions } from './caller.ts';
import type { ControlPlaneDependencies } from './dependencies.ts';
import { checkEnv } from './deploy/input.ts';
import { personalShell } from './identity/shell-start.ts';
import { startExisting } from './start.ts';
import { openContainer } from './use-case.ts';
import { notRunning } from './lookup.ts';

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
}

/**
 * Runs a process inside as the container's own user, with the container's variables (its home among
 * them) and those given. Fails with `container.not-running`, `env.refused`.
 */
export async function exec(
  deps: ControlPlaneDependencies,
  caller: Caller,
  input: ExecInput,
  options: UseCaseOptions = {},
): Promise<EngineSession> {
  checkEnv(input.env);
  const opened = await openContainer(deps, { caller, name: input.name }, options);
  const { container } = opened;
  if (container.state !== 'running') {
    if (!input.startFirst) throw notRunning(container.record.name, container.state);
    const started = await startExisting(deps, { ...opened, caller }, options);
    if (started.container.state === 'stopped') throw endedAtOnce(container.record.name);
  }
  return deps.engine.exec(
    container.record.id,
    {
      command: input.command ?? personalShell,
      user: `${caller.owner.uid}:${caller.owner.gid}`,
      workingDirectory: '/workspace',
      env: Object.entries(input.env).map(([key, value]) => `${key}=${value}`),
      tty: input.tty,
      stdin: input.stdin,
      ...(input.size === null ? {} : { size: input.size }),
    },
    { signal: options.signal },
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
): Promise<AsyncIterable<LogChunk>> {
  const options = { signal: input.signal };
  const { container } = await openContainer(deps, { caller, name: input.name }, options);
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
  const { container } = await openContainer(deps, { caller, name: input.name }, options);
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
