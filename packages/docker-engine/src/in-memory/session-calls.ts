import { PassThrough } from 'node:stream';
import type { EngineSession, ExecSpec } from '@ds01/ports';
import { conflict } from './conflict.ts';
import { announce } from './container-calls.ts';
import type { MemoryContext } from './context.ts';
import { sessionOn, startProcess } from './process.ts';
import { findContainer } from './state.ts';

/** Runs a process in a running container; `engine.conflict` in any other state. */
export function exec(
  context: MemoryContext,
  id: string,
  spec: ExecSpec,
  signal: AbortSignal | undefined,
): EngineSession {
  const container = findContainer(context.state, id);
  const { details } = container;
  if (details.state !== 'running') throw conflict(`Container ${id} is ${details.state}`);
  announce(context, container, `exec_create: ${spec.command.join(' ')}`);
  const process = startProcess(
    context.run,
    {
      kind: 'exec',
      containerId: details.id,
      command: spec.command,
      env: [...details.env, ...spec.env],
      user: spec.user,
      tty: spec.tty,
    },
    spec.size ?? null,
  );
  const running = context.execsOf(details.id);
  running.add(process);
  announce(context, container, `exec_start: ${spec.command.join(' ')}`);
  const exitCode = process.ended.then((code) => {
    running.delete(process);
    announce(context, container, 'exec_die', { exitCode: String(code) });
    return code;
  });
  const { stdout, stderr } = process;
  return sessionOn(process, { stdin: spec.stdin, stdout, stderr, exitCode, signal });
}

/** Joins the main process; `engine.conflict` when there is none. */
export function attach(
  context: MemoryContext,
  id: string,
  options: { readonly stdin: boolean; readonly signal?: AbortSignal | undefined },
): EngineSession {
  const { process, output } = findContainer(context.state, id);
  if (process === null) throw conflict(`Container ${id} is not running`);
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const stop = output.listen(({ stream, bytes }) => {
    (stream === 'stdout' ? stdout : stderr).write(bytes);
  });
  const exitCode = process.ended.then((code) => {
    stop();
    stdout.end();
    stderr.end();
    return code;
  });
  return sessionOn(process, {
    stdin: options.stdin,
    stdout,
    stderr,
    exitCode,
    signal: options.signal,
  });
}
