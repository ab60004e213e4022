import { isDs01Error, type ContainerId, type ErrorCode, type SlotUuid } from '@ds01/contracts';
import type { ContainerEngine, ContainerSpec, ExecSpec, LogOptions } from '@ds01/ports';
import { afterAll, afterEach, beforeAll } from 'vitest';

/** One engine under the contract. */
export interface EngineContractSubject {
  readonly engine: ContainerEngine;
  /** An image with `sh`, `sleep`, `cat`, `stty` and `id`. */
  readonly image: string;
  /** A folder of the host that containers may see. */
  readonly folder: string;
  /** A cgroup in which containers may run; what is made in it goes with the engine. */
  readonly cgroupParent: string;
  /** Devices that the engine can hand out. */
  readonly deviceUuids: readonly SlotUuid[];
  /** Makes the gate refuse with this sentence, or lets all pass. */
  setGate(sentence: string | null): void;
  /** Number of requests that listing-like calls made while `work` ran. */
  countRequests(work: () => Promise<unknown>): Promise<number>;
  close(): Promise<void>;
}

/** Commands that the contract uses; an engine without processes imitates them. */
export const contractCommands = {
  forever: ['sleep', '1000'],
  exitThree: ['sh', '-c', 'exit 3'],
  speak: ['sh', '-c', 'echo one; echo two; echo problem >&2; exit 7'],
  copyInput: ['cat'],
  sizeAfterLine: ['sh', '-c', 'read line; stty size'],
  showIdentity: ['sh', '-c', 'echo "$NAME $(id -u)"'],
} as const;

/** What the tests of the contract share. */
export interface ContractFixture {
  readonly subject: EngineContractSubject;
  readonly engine: ContainerEngine;
  /** A spec of a container that sleeps, with changes. */
  readonly spec: (changes?: Partial<ContainerSpec>) => ContainerSpec;
  /** Creates a container that is removed after the test. */
  readonly create: (changes?: Partial<ContainerSpec>) => Promise<ContainerId>;
  /** The same, started. */
  readonly start: (changes?: Partial<ContainerSpec>) => Promise<ContainerId>;
  /** Removes them before the test ends. */
  readonly removeContainers: () => Promise<void>;
}

/** Opens the engine before the tests of the enclosing `describe` and closes it after them. */
export function createFixture(open: () => Promise<EngineContractSubject>): ContractFixture {
  let opened: EngineContractSubject | undefined;
  let made: ContainerId[] = [];
  const subject = (): EngineContractSubject => {
    if (opened === undefined) throw new Error('the engine is not open');
    return opened;
  };
  const removeContainers = async (): Promise<void> => {
    for (const id of made) await subject().engine.removeContainer(id, { force: true });
    made = [];
  };
  beforeAll(async () => {
    opened = await open();
  });
  afterEach(async () => {
    subject().setGate(null);
    await removeContainers();
  });
  afterAll(async () => {
    await opened?.close();
  });
  const spec: ContractFixture['spec'] = (changes = {}) => ({
    ...plainSpec,
    image: subject().image,
    ...changes,
  });
  const create: ContractFixture['create'] = async (changes = {}) => {
    const id = await subject().engine.createContainer(spec(changes));
    made.push(id);
    return id;
  };
  return {
    get subject() {
      return subject();
    },
    get engine() {
      return subject().engine;
    },
    spec,
    create,
    removeContainers,
    async start(changes = {}) {
      const id = await create(changes);
      await subject().engine.startContainer(id);
      return id;
    },
  };
}

const plainSpec: Omit<ContainerSpec, 'image'> = {
  dockerName: 'contract',
  command: contractCommands.forever,
  env: [],
  labels: {},
  user: '',
  groupIds: [],
  workingDirectory: '',
  hostname: '',
  tty: false,
  openStdin: false,
  deviceUuids: [],
  mounts: [],
  tmpfs: {},
  resources: {},
  logOptions: {},
  cgroupParent: null,
  capabilitiesDropped: [],
  securityOptions: [],
  init: true,
  network: { mode: 'none', aliases: [] },
  ports: [],
};

/** An exec without terminal and input, as the container's user. */
export function execOf(command: readonly string[]): ExecSpec {
  return { command, user: '', workingDirectory: null, env: [], tty: false, stdin: false };
}

/** The code that `work` failed with; `null` when it did not fail, other errors are thrown. */
export async function codeOf(work: Promise<unknown>): Promise<ErrorCode | null> {
  try {
    await work;
    return null;
  } catch (error) {
    if (isDs01Error(error)) return error.code;
    throw error;
  }
}

/** Resolves when the main process has ended. */
export async function untilEnded(engine: ContainerEngine, id: ContainerId): Promise<void> {
  await collectLogs(engine, id, { follow: true });
  for (;;) {
    const { state } = await engine.inspectContainer(id);
    if (state === 'exited') return;
  }
}

/** A container's output as text. */
export async function collectLogs(
  engine: ContainerEngine,
  id: ContainerId,
  options: Partial<LogOptions>,
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const whole = { follow: false, tail: null, sinceMs: null, timestamps: false, ...options };
  const collected = { stdout: '', stderr: '' };
  for await (const chunk of engine.logs(id, whole)) {
    collected[chunk.stream] += Buffer.from(chunk.bytes).toString();
  }
  return collected;
}
