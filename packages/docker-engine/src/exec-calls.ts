import { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { isDs01Error, type ContainerId } from '@ds01/contracts';
import type { ContainerEngine, ExecSpec, TerminalSize } from '@ds01/ports';
import type Docker from 'dockerode';
import { z } from 'zod';
import type { EngineApi } from './api.ts';
import { isAtLeast } from './api-version.ts';
import { notUnderstood } from './engine-errors.ts';
import { createEndCheck, execProcess, mainProcess, type InnerProcess } from './exec-process.ts';
import { containerPath } from './object-paths.ts';
import { createSession } from './session.ts';
import { signalExec, signalMain } from './signals.ts';

/**
 * The engine's own keys for leaving a process, Ctrl-P Ctrl-Q, make every Ctrl-P wait for the key after
 * it, and end the process (20.10) instead of leaving it. Nobody types these.
 */
const detachKeys = 'ctrl-^,ctrl-_,ctrl-],ctrl-^,ctrl-_,ctrl-],d,s,0,1';

const createdSchema = z.object({ Id: z.string().min(1) });

/**
 * `exec` and `attach`. Somebody at a terminal waits for an exec, so it takes the connection over
 * itself instead of loading dockerode first.
 */
export function createExecCalls(
  api: EngineApi,
  dockerode: () => Promise<Docker>,
): Pick<ContainerEngine, 'exec' | 'attach'> {
  return {
    async exec(id, spec, options) {
      const signal = options?.signal;
      const execId = await createExec(api, id, spec, signal);
      const path = `/exec/${execId}`;
      const socket = await api.upgrade({
        method: 'POST',
        path: `${path}/start`,
        body: { Detach: false, Tty: spec.tty },
        signal,
      });
      const session = createSession({
        socket,
        socketPath: api.socketPath,
        path: `${path}/start`,
        tty: spec.tty,
        stdin: spec.stdin,
        resize: (size) => resizeOnceRunning(api, path, size, socket),
        signal: (name) => signalExec(api, path, name),
        hasEnded: createEndCheck(() => execProcess(api, path)),
        exitCode: (closing) => execExitCode(api, path, eitherOf(closing, signal)),
      });
      if (spec.tty && spec.size !== undefined) await session.resize(spec.size);
      return session;
    },
    async attach(id, options) {
      const path = containerPath(id);
      const docker = await dockerode();
      const stream = await docker.getContainer(id).attach({
        hijack: true,
        stream: true,
        stdin: options.stdin,
        stdout: true,
        stderr: true,
        ...(options.signal === undefined ? {} : { abortSignal: options.signal }),
      });
      if (!(stream instanceof Duplex)) {
        throw notUnderstood({ method: 'POST', path: `${path}/attach` }, 'no stream');
      }
      return createSession({
        socket: stream,
        socketPath: api.socketPath,
        path: `${path}/attach`,
        tty: options.tty,
        stdin: options.stdin,
        resize: (size) => resize(api, path, size),
        signal: (name) => signalMain(api, id, name),
        hasEnded: createEndCheck(() => mainProcess(api, id)),
        exitCode: (closing) => mainExitCode(api, id, eitherOf(closing, options.signal)),
      });
    },
  };
}

function eitherOf(first: AbortSignal, second: AbortSignal | undefined): AbortSignal {
  return second === undefined ? first : AbortSignal.any([first, second]);
}

async function createExec(
  api: EngineApi,
  id: string,
  spec: ExecSpec,
  signal: AbortSignal | undefined,
): Promise<string> {
  const { apiVersion } = await api.version(signal);
  const size =
    spec.tty && spec.size !== undefined && isAtLeast(apiVersion, '1.42')
      ? { ConsoleSize: [spec.size.rows, spec.size.columns] }
      : {};
  const created = await api.read(createdSchema, {
    method: 'POST',
    path: containerPath(id, '/exec'),
    body: {
      AttachStdin: spec.stdin,
      AttachStdout: true,
      AttachStderr: true,
      Tty: spec.tty,
      ...(spec.tty && spec.stdin ? { DetachKeys: detachKeys } : {}),
      Cmd: spec.command,
      Env: spec.env,
      User: spec.user,
      ...(spec.workingDirectory === null ? {} : { WorkingDir: spec.workingDirectory }),
      ...size,
    },
    signal,
  });
  return created.Id;
}

async function resize(api: EngineApi, path: string, size: TerminalSize): Promise<void> {
  await api.send({
    method: 'POST',
    path: `${path}/resize`,
    query: { h: size.rows, w: size.columns },
  });
}

const patience = 20;

/**
 * The engine takes the connection over before the process runs, and refuses to resize until then.
 * A process that ended, or never gets there, has no size: that is no failure.
 */
async function resizeOnceRunning(
  api: EngineApi,
  path: string,
  size: TerminalSize,
  socket: Duplex,
): Promise<void> {
  for (let attempt = 1; attempt <= patience && !socket.destroyed; attempt += 1) {
    try {
      await resize(api, path, size);
      return;
    } catch (error) {
      const early =
        isDs01Error(error) &&
        ['engine.error', 'engine.conflict', 'container.not-found'].includes(error.code);
      if (!early) throw error;
    }
    await delay(attempt * 5);
  }
}

/**
 * The engine records the exit code of an exec shortly after its output ends, or long after it when
 * the process closed its outputs itself. `null` when there is none although it doesn't run.
 */
function execExitCode(api: EngineApi, path: string, signal: AbortSignal): Promise<number | null> {
  return exitCodeOf(() => execProcess(api, path, signal), { signal, untilItEnds: true });
}

/**
 * The exit code of a main process whose output ended; `null` when it goes on (the engine let go of
 * this connection) or its container is gone.
 */
function mainExitCode(
  api: EngineApi,
  id: ContainerId,
  signal: AbortSignal,
): Promise<number | null> {
  return exitCodeOf(() => mainProcess(api, id, signal), { signal, untilItEnds: false });
}

async function exitCodeOf(
  find: () => Promise<InnerProcess | null>,
  { signal, untilItEnds }: { readonly signal: AbortSignal; readonly untilItEnds: boolean },
): Promise<number | null> {
  let waitMs = 2;
  for (let idle = 0; idle < patience;) {
    const found = await find();
    if (found === null) return null;
    if (found.exitCode !== null) return found.exitCode;
    if (!found.running || !untilItEnds) idle += 1;
    await delay(waitMs, undefined, { signal }).catch(() => undefined);
    waitMs = Math.min(waitMs * 2, 200);
  }
  return null;
}
