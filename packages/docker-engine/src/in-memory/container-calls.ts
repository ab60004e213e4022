import { ds01Error, type ContainerId } from '@ds01/contracts';
import type {
  ContainerDetails,
  ContainerListing,
  ContainerProcess,
  ContainerSpec,
  PortMapping,
} from '@ds01/ports';
import { conflict } from './conflict.ts';
import type { MemoryContext } from './context.ts';
import { filesOf } from './files.ts';
import { connect } from './network-calls.ts';
import { createContainerOutput } from './output.ts';
import { startProcess } from './process.ts';
import {
  detailsOf,
  findContainer,
  findImage,
  refuseTakenName,
  type MemoryContainer,
} from './state.ts';

/** True while the container has a process. */
function isAlive(container: MemoryContainer): boolean {
  return container.process !== null;
}

/** A row of the listing. */
export function listingOf(details: ContainerDetails): ContainerListing {
  const { id, dockerName, image, state, labels, createdAtMs } = details;
  return { id, dockerName, image, state, labels, createdAtMs };
}

/** Emits an event of a container. */
export function announce(
  { hub }: MemoryContext,
  { details }: MemoryContainer,
  action: string,
  attributes: Readonly<Record<string, string>> = {},
): void {
  hub.emit({
    type: 'container',
    action,
    id: details.id,
    attributes: {
      ...details.labels,
      image: details.image,
      name: details.dockerName,
      ...attributes,
    },
  });
}

/** Creates; `image.not-found`, `container.exists`, `engine.error` as the real engine. */
export function create(context: MemoryContext, spec: ContainerSpec): ContainerId {
  const { state, clock } = context;
  const image = findImage(state, spec.image);
  if (image === undefined) {
    throw ds01Error('image.not-found', { message: `No such image: ${spec.image}` });
  }
  refuseTakenName(state, spec.dockerName);
  for (const { source } of spec.mounts) {
    if (context.isPath(source)) continue;
    throw ds01Error('engine.error', {
      message: `invalid mount config for type "bind": bind source path does not exist: ${source}`,
    });
  }
  const details = detailsOf(state, spec, image, clock.nowMs());
  if (details.command.length === 0 && image.entrypoint.length === 0) {
    throw ds01Error('engine.error', { message: 'No command specified' });
  }
  return add(context, details).details.id;
}

/** Adds a container that is there already, whoever made it. */
export function add(context: MemoryContext, details: ContainerDetails): MemoryContainer {
  const output = createContainerOutput(context.clock);
  const container: MemoryContainer = {
    details,
    output,
    process: null,
    askedPorts: details.ports,
    files: new Map(context.state.imageFiles.get(details.imageId) ?? filesOf({})),
  };
  context.state.containers.set(details.id, container);
  announce(context, container, 'create');
  return container;
}

/** Starts; `gate.refused` when the gate says no, `engine.conflict` when paused, `port.taken`. */
export async function start(context: MemoryContext, id: string): Promise<void> {
  const container = findContainer(context.state, id);
  if (container.details.state === 'paused') {
    throw conflict('cannot start a paused container, try unpause instead');
  }
  if (isAlive(container)) return;
  const needsGate = container.details.deviceRequests.length > 0;
  const refusal = needsGate ? await context.gate(container.details) : null;
  if (refusal !== null) throw ds01Error('gate.refused', { message: refusal });
  if (!isAlive(container)) launch(context, container, connect(context, container));
}

/** Gives the container its process. */
export function launch(
  context: MemoryContext,
  container: MemoryContainer,
  ports: readonly PortMapping[],
): void {
  const { details, output } = container;
  const main = startProcess(
    context.run,
    {
      kind: 'main',
      containerId: details.id,
      command: details.command,
      env: details.env,
      user: details.user,
      tty: details.tty,
    },
    null,
  );
  output.reopen();
  main.stdout.on('data', (bytes: Buffer) => output.write({ stream: 'stdout', bytes }));
  main.stderr.on('data', (bytes: Buffer) => output.write({ stream: 'stderr', bytes }));
  context.pids += 1;
  container.process = main;
  container.details = {
    ...details,
    state: 'running',
    pid: context.pids,
    exitCode: null,
    outOfMemory: false,
    startedAtMs: context.clock.nowMs(),
    ports,
  };
  announce(context, container, 'start');
  void main.ended.then((code) => {
    if (container.process === main) settle(context, container, code);
  });
}

/** The main process ended: state, events, followers, execs. */
export function settle(context: MemoryContext, container: MemoryContainer, code: number): void {
  const { process: main } = container;
  if (main === null) return;
  container.process = null;
  main.finish(code);
  container.details = {
    ...container.details,
    state: 'exited',
    pid: null,
    exitCode: code,
    finishedAtMs: context.clock.nowMs(),
    ports: container.askedPorts,
  };
  for (const exec of context.execsOf(container.details.id)) exec.kill('SIGKILL');
  container.output.end();
  announce(context, container, 'die', { exitCode: String(code) });
}

/** Stops; SIGKILL after the time. */
export async function stop(
  context: MemoryContext,
  id: string,
  timeoutSeconds: number,
): Promise<void> {
  const container = findContainer(context.state, id);
  const { process: main } = container;
  if (main === null) return;
  announce(context, container, 'kill', { signal: '15' });
  main.kill('SIGTERM');
  const waiting = new AbortController();
  context.clock
    .sleep(timeoutSeconds * 1000, waiting.signal)
    .then(() => main.kill('SIGKILL'))
    .catch(() => undefined);
  const code = await main.ended;
  waiting.abort();
  if (container.process === main) settle(context, container, code);
  announce(context, container, 'stop');
}

/** Kills; `engine.conflict` when it isn't running. */
export async function kill(context: MemoryContext, id: string, signal: string): Promise<void> {
  const container = findContainer(context.state, id);
  const { process: main } = container;
  if (main === null) {
    throw conflict(`Cannot kill container: ${id}: Container ${id} is not running`);
  }
  announce(context, container, 'kill', { signal });
  main.kill(signal);
  if (!/^(?:SIG)?KILL$/.test(signal)) return;
  const code = await main.ended;
  if (container.process === main) settle(context, container, code);
}

/** Pauses or goes on; `engine.conflict` from any other state. */
export function setPaused(context: MemoryContext, id: string, paused: boolean): void {
  const container = findContainer(context.state, id);
  const wanted = paused ? 'running' : 'paused';
  if (container.details.state !== wanted) throw conflict(`Container ${id} is not ${wanted}`);
  container.details = { ...container.details, state: paused ? 'paused' : 'running' };
  announce(context, container, paused ? 'pause' : 'unpause');
}

/** Removes; `engine.conflict` when it runs and `force` is false. Gone already is fine. */
export function remove(context: MemoryContext, id: string, force: boolean): void {
  const container = [...context.state.containers.values()].find(
    ({ details }) => details.id === id || details.dockerName === id,
  );
  if (container === undefined) return;
  if (isAlive(container)) {
    if (!force) throw conflict(`You cannot remove a running container ${id}.`);
    settle(context, container, 137);
  }
  context.state.containers.delete(container.details.id);
  announce(context, container, 'destroy');
}

/** Renames; `container.exists` when the name is taken. */
export function rename(context: MemoryContext, id: string, dockerName: string): void {
  const container = findContainer(context.state, id);
  refuseTakenName(context.state, dockerName);
  const oldName = `/${container.details.dockerName}`;
  container.details = { ...container.details, dockerName };
  announce(context, container, 'rename', { oldName });
}

/** Its main process; `engine.conflict` when it doesn't run. */
export function processes(
  { details }: MemoryContainer,
  nowMs: number,
): readonly ContainerProcess[] {
  if (details.pid === null) throw conflict(`Container ${details.id} is not running`);
  return [
    {
      pid: details.pid,
      uid: Number(details.user.split(':')[0]) || 0,
      cpuPercent: 0,
      memoryBytes: 0,
      elapsedSeconds: Math.floor((nowMs - (details.startedAtMs ?? nowMs)) / 1000),
      command: details.command.join(' '),
    },
  ];
}
