import { Readable } from 'node:stream';
import { ds01Error } from '@ds01/contracts';
import type { Clock, ContainerDetails, ContainerEngine, ContainerStats } from '@ds01/ports';
import { createCallPoints, type EngineCallHook } from './call-points.ts';
import { build } from './builder.ts';
import { runStepByDefault, type RunStep } from './build-step.ts';
import * as containers from './container-calls.ts';
import type { MemoryContext } from './context.ts';
import { createEventHub, unreachable } from './events.ts';
import { filesOf, makeFolder, makeKnownFolder, readFile, statPath } from './files.ts';
import {
  addImage,
  changesOf,
  commit,
  historyOf,
  listImages,
  removeImage,
  tagImage,
  type InMemoryImage,
} from './image-calls.ts';
import {
  createNetwork,
  predefinedNetworks,
  rejoinNetwork,
  removeNetwork,
} from './network-calls.ts';
import { runUntilKilled, type RunningProcess, type RunProcess } from './process.ts';
import { createRegistry, pull, push, type InMemoryAccount } from './registry.ts';
import { attach, exec } from './session-calls.ts';
import { findContainer, findImage } from './state.ts';
import { writeArchive } from './tar.ts';

/** What an in-memory engine starts with. */
export interface InMemoryEngineOptions {
  readonly clock: Clock;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly images: readonly InMemoryImage[];
  /** Images that can be pulled; none by default. */
  readonly registry?: readonly InMemoryImage[];
  /** Registries that want a password, by host (`registry.example:5000`). Others are open to all. */
  readonly accounts?: Readonly<Record<string, InMemoryAccount>>;
  /** Runs the commands of builds' `RUN`; by default `exit N` and `false` fail, `echo` prints. */
  readonly runStep?: RunStep;
  /** Asked at each start of a container with GPUs; a sentence refuses it. Lets all pass by default. */
  readonly gate?: (container: ContainerDetails) => Promise<string | null> | string | null;
  /** Runs main processes and execs. By default a main process runs until killed, an exec gives 0. */
  readonly run?: RunProcess;
  /** Says which bind sources exist; all by default. */
  readonly isPath?: (path: string) => boolean;
  /** The engine's id. */
  readonly id?: string;
}

/** Handles for tests beside the port. */
export interface InMemoryEngineControls {
  /** Number of calls of each method so far. */
  readonly calls: ReadonlyMap<string, number>;
  /** Called before and after each call; may throw or wait. `null` removes it. */
  setCallHook(hook: EngineCallHook | null): void;
  /** Ends the main process as if by itself. */
  crash(id: string, exitCode: number): void;
  /** Writes a file of a container, or removes it (`null`), as a process inside would. */
  putFile(id: string, path: string, text: string | null): void;
  /** Says how much a container wrote into its layer; nothing by default. */
  setLayerBytes(id: string, bytes: number): void;
  /** Adds a container that somebody else made, in any state; running ones get a process. */
  plant(details: ContainerDetails): void;
  /** While false every call fails with `engine.unreachable`; going away ends all event streams. */
  setReachable(reachable: boolean): void;
}

const idle: ContainerStats = {
  cpuPercent: 0,
  memoryBytes: 0,
  memoryLimitBytes: null,
  pids: 0,
  networkReceivedBytes: 0,
  networkSentBytes: 0,
  blockReadBytes: 0,
  blockWrittenBytes: 0,
};

const runByDefault: RunProcess = (process) =>
  process.kind === 'main' ? runUntilKilled(process) : Promise.resolve(0);

/** An engine without containers' reality: the port's behaviour, held to the contract suite. */
export function createInMemoryEngine(
  options: InMemoryEngineOptions,
): ContainerEngine & InMemoryEngineControls {
  const execs = new Map<string, Set<RunningProcess>>();
  const layers = new Map<string, number>();
  const hub = createEventHub(options.clock);
  const context: MemoryContext = {
    state: {
      containers: new Map(),
      images: [],
      imageFiles: new Map(),
      imageOrigins: new Map(),
      buildCache: new Map(),
      networks: predefinedNetworks(),
      identities: 0,
    },
    clock: options.clock,
    hub,
    run: options.run ?? runByDefault,
    gate: options.gate ?? (() => null),
    isPath: options.isPath ?? (() => true),
    runStep: options.runStep ?? runStepByDefault,
    registry: createRegistry(options.registry ?? [], options.accounts ?? {}),
    execsOf(id) {
      const known = execs.get(id) ?? new Set<RunningProcess>();
      execs.set(id, known);
      return known;
    },
    pids: 1000,
  };
  for (const image of options.images) addImage(context, image);
  let reachable = true;
  const points = createCallPoints(() => {
    if (!reachable) throw unreachable();
  });
  const { state } = context;
  const at = points.around;

  return {
    calls: points.calls,
    setCallHook: points.setHook,
    setLayerBytes: (id, bytes) => void layers.set(id, bytes),
    crash: (id, exitCode) => containers.settle(context, findContainer(state, id), exitCode),
    putFile(id, path, text) {
      const { files } = findContainer(state, id);
      if (text === null) files.delete(path);
      else for (const [above, file] of filesOf({ [path]: text })) files.set(above, file);
    },
    plant(details) {
      const container = containers.add(context, details);
      if (details.pid === null) return;
      containers.launch(context, container, details.ports);
      container.details = details;
    },
    setReachable(next) {
      reachable = next;
      if (!next) hub.drop();
    },
    info: (wait) =>
      at('info', [], wait?.signal, () => ({
        id: options.id ?? 'IN-MEMORY',
        dataRoot: '/in-memory',
        version: '20.10.24',
        apiVersion: '1.41',
        cpus: options.cpus,
        memoryBytes: options.memoryBytes,
        cgroupVersion: 1,
        cgroupDriver: 'cgroupfs',
        limitsSwap: true,
        defaultRuntime: 'runc',
        hasUserNamespaces: false,
        addressPools: [],
      })),
    listContainers: (wait) =>
      at('listContainers', [], wait?.signal, () =>
        [...state.containers.values()]
          .filter(({ details }) => wait?.only?.includes(details.id) ?? true)
          .map(({ details }) => containers.listingOf(details)),
      ),
    inspectContainer: (id, wait) =>
      at('inspectContainer', [id], wait?.signal, () => findContainer(state, id).details),
    createContainer: (spec, wait) =>
      at('createContainer', [spec], wait?.signal, () => containers.create(context, spec)),
    startContainer: (id, wait) =>
      at('startContainer', [id], wait?.signal, () => containers.start(context, id)),
    stopContainer: (id, stop) =>
      at('stopContainer', [id, stop], stop.signal, () =>
        containers.stop(context, id, stop.timeoutSeconds),
      ),
    killContainer: (id, signal) =>
      at('killContainer', [id, signal], undefined, () => containers.kill(context, id, signal)),
    pauseContainer: (id) =>
      at('pauseContainer', [id], undefined, () => containers.setPaused(context, id, true)),
    unpauseContainer: (id) =>
      at('unpauseContainer', [id], undefined, () => containers.setPaused(context, id, false)),
    removeContainer: (id, { force }) =>
      at('removeContainer', [id, { force }], undefined, () =>
        containers.remove(context, id, force),
      ),
    renameContainer: (id, name) =>
      at('renameContainer', [id, name], undefined, () => containers.rename(context, id, name)),
    exec: (id, spec, wait) =>
      at('exec', [id, spec], wait?.signal, () => exec(context, id, spec, wait?.signal)),
    attach: (id, how) => at('attach', [id, how], how.signal, () => attach(context, id, how)),
    logs: (id, how) =>
      points.aroundItems('logs', [id, how], how.signal, () =>
        findContainer(state, id).output.read(how),
      ),
    stats: (id, wait) =>
      at('stats', [id], wait?.signal, () => ({
        ...idle,
        memoryLimitBytes: findContainer(state, id).details.resources.memoryBytes ?? null,
      })),
    processes: (id, wait) =>
      at('processes', [id], wait?.signal, () =>
        containers.processes(findContainer(state, id), options.clock.nowMs()),
      ),
    events: (how) =>
      points.aroundItems('events', [how], how.signal, () => hub.read(how.sinceMs, how.signal)),
    inspectImage: (reference, wait) =>
      at('inspectImage', [reference], wait?.signal, () => findImage(state, reference) ?? null),
    listImages: (wait) => at('listImages', [], wait?.signal, () => listImages(state)),
    imageHistory: (reference, wait) =>
      at('imageHistory', [reference], wait?.signal, () => historyOf(state, reference)),
    tagImage: (source, target) =>
      at('tagImage', [source, target], undefined, () => tagImage(context, source, target)),
    pullImage: (reference, how) =>
      at('pullImage', [reference, how], how.signal, () => {
        how.onProgress?.({ layer: null, status: 'Pulling', currentBytes: null, totalBytes: null });
        pull(context, reference, how.auth ?? null);
      }),
    pushImage: (reference, how) =>
      at('pushImage', [reference, how], how.signal, () => {
        how.onProgress?.({ layer: null, status: 'Pushing', currentBytes: null, totalBytes: null });
        return push(context, reference, how.auth ?? null);
      }),
    buildImage: (archive, spec, wait) =>
      points.aroundItems('buildImage', [spec], undefined, () =>
        interruptible(wait?.signal, (signal) => build(context, archive, spec, signal)),
      ),
    removeImage: (reference, how) =>
      at('removeImage', [reference, how], undefined, () =>
        removeImage(context, reference, how?.force === true),
      ),
    containerChanges: (id, wait) =>
      at('containerChanges', [id], wait?.signal, () => changesOf(context, id)),
    layerBytes: (id, wait) =>
      at(
        'layerBytes',
        [id],
        wait?.signal,
        () => layers.get(findContainer(state, id).details.id) ?? 0,
      ),
    exportContainer: (id, wait) =>
      at('exportContainer', [id], wait?.signal, () =>
        Readable.from([writeArchive(findContainer(state, id).files)]),
      ),
    commitContainer: (id, target) =>
      at('commitContainer', [id, target], undefined, () => commit(context, id, target)),
    listNetworks: (wait) =>
      at('listNetworks', [], wait?.signal, () => [...state.networks.values()]),
    createNetwork: (spec, wait) =>
      at('createNetwork', [spec], wait?.signal, () => createNetwork(context, spec)),
    rejoinNetwork: (id, network) =>
      at('rejoinNetwork', [id, network], undefined, () => rejoinNetwork(context, id, network)),
    removeNetwork: (name) =>
      at('removeNetwork', [name], undefined, () => removeNetwork(context, name)),
    readContainerFile: (id, path, how) =>
      at('readContainerFile', [id, path, how], how.signal, () =>
        readFile(context, id, path, how.maxBytes),
      ),
    statContainerPath: (id, path, wait) =>
      at('statContainerPath', [id, path], wait?.signal, () => statPath(context, id, path)),
    makeContainerFolder: (id, path, owner, known) =>
      at('makeContainerFolder', [id, path, owner], undefined, () =>
        (known === undefined ? makeFolder : makeKnownFolder)(context, id, path),
      ),
  };
}

/** A build whose signal aborts fails with `operation.interrupted`. */
async function* interruptible<T>(
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => AsyncIterable<T>,
): AsyncGenerator<T> {
  const ended = new AbortController();
  const onAbort = (): void =>
    ended.abort(ds01Error('operation.interrupted', { message: 'The build was interrupted.' }));
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted === true) onAbort();
  try {
    yield* work(ended.signal);
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}
