import { containerIdSchema, ds01Error } from '@ds01/contracts';
import type { BuildOutput, BuildSpec, ContainerSpec, ImageDetails } from '@ds01/ports';
import { add, announce } from './container-calls.ts';
import type { MemoryContext } from './context.ts';
import type { MemoryFiles } from './files.ts';
import { detailsOf } from './state.ts';

/** A step that runs something. */
export interface RunningStep {
  readonly context: MemoryContext;
  readonly spec: BuildSpec;
  readonly signal: AbortSignal;
  readonly image: ImageDetails;
  /** Changed by the step. */
  readonly files: MemoryFiles;
  readonly variables: ReadonlyMap<string, string>;
}

/** `image.build-failed` in the builder's words. */
export function buildFailure(message: string, exitCode?: number) {
  const details = exitCode === undefined ? {} : { exitCode };
  return ds01Error('image.build-failed', { message, details });
}

/** Runs a command in a container that is there meanwhile and gone afterwards, however it ended. */
export async function* runInContainer(
  step: RunningStep,
  command: string,
): AsyncGenerator<BuildOutput> {
  const { context, image, spec, signal } = step;
  const details = detailsOf(
    context.state,
    containerSpec(step, command),
    image,
    context.clock.nowMs(),
  );
  const container = add(context, { ...details, dockerName: `step_${details.id.slice(0, 12)}` });
  context.pids += 1;
  container.details = {
    ...container.details,
    state: 'running',
    pid: context.pids,
    startedAtMs: context.clock.nowMs(),
  };
  announce(context, container, 'start');
  const short = details.id.slice(0, 12);
  const printed: string[] = [];
  try {
    yield { kind: 'text', text: ` ---> Running in ${short}\n` };
    const ended = Promise.resolve(
      context.runStep({
        command,
        env: container.details.env,
        user: image.user,
        workingDirectory: image.workingDirectory,
        files: step.files,
        spec,
        containerId: details.id,
        signal,
        write: (text) => printed.push(text),
      }),
    );
    const code = await unlessAborted(ended, signal);
    for (const text of printed) yield { kind: 'text', text };
    if (code !== 0) {
      throw buildFailure(
        `The command '/bin/sh -c ${command}' returned a non-zero code: ${code}`,
        code,
      );
    }
  } finally {
    context.state.containers.delete(containerIdSchema.parse(details.id));
    announce(context, container, 'destroy');
  }
  yield { kind: 'text', text: `Removing intermediate container ${short}\n` };
}

function containerSpec({ image, spec, variables }: RunningStep, command: string): ContainerSpec {
  return {
    dockerName: 'step',
    image: image.id,
    command: ['/bin/sh', '-c', command],
    env: [...variables].map(([name, value]) => `${name}=${value}`),
    labels: {},
    user: image.user,
    groupIds: [],
    workingDirectory: image.workingDirectory,
    hostname: '',
    tty: false,
    openStdin: false,
    deviceUuids: [],
    mounts: [],
    tmpfs: {},
    resources: {
      ...(spec.memoryBytes === null ? {} : { memoryBytes: spec.memoryBytes }),
      ...(spec.memorySwapBytes === null ? {} : { memorySwapBytes: spec.memorySwapBytes }),
      ...(spec.cpus === null ? {} : { nanoCpus: Math.round(spec.cpus * 1e9) }),
    },
    logOptions: {},
    cgroupParent: spec.cgroupParent,
    capabilitiesDropped: [],
    securityOptions: [],
    init: false,
    network: { mode: spec.networkMode, aliases: [] },
    ports: [],
  };
}

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  work.catch(() => undefined);
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
