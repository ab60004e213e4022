import type { Readable } from 'node:stream';
import { ds01Error, isDs01Error, type Ds01Error } from '@ds01/contracts';
import type { BuildOutput, BuildSpec, ContainerEngine } from '@ds01/ports';
import type { EngineApi } from './api.ts';
import { brokenConnection, engineFailure, interrupted } from './engine-errors.ts';
import { linesOf } from './lines.ts';
import { containerPath } from './object-paths.ts';
import { failureOf, progressLineSchema, progressOf, type ProgressLine } from './progress-lines.ts';
import { readJson } from './wire.ts';

const request = { method: 'POST', path: '/build' } as const;

/**
 * Builds with the classic builder (`version=1`), the one that honours cgroup parent and limits. The
 * context is streamed; leaving the loop ends the build. An answer of 200 says nothing: failures come
 * as a line of the output.
 */
export function createBuildCalls(api: EngineApi): Pick<ContainerEngine, 'buildImage'> {
  async function* build(
    context: Readable,
    spec: BuildSpec,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<BuildOutput> {
    const steps = createStepContainers();
    const query = queryOf(spec);
    let isOver = false;
    try {
      const answer = await api.stream({ ...request, query, upload: context, signal });
      try {
        for await (const text of linesOf(answer)) {
          const line = readJson(progressLineSchema, text, request);
          const failure = failureOf(line);
          if (failure !== null) {
            isOver = true;
            throw buildFailure(engineFailure(failure, request), line.errorDetail?.code);
          }
          steps.note(line);
          yield* outputsOf(line);
        }
        isOver = true;
      } finally {
        answer.destroy();
      }
    } catch (error) {
      if (signal?.aborted === true && !isOver) throw interrupted(request);
      const failure = brokenConnection(error, api.socketPath, request);
      throw failure.code === 'engine.error' ? buildFailure(failure, undefined) : failure;
    } finally {
      context.destroy();
      if (!isOver) await removeSteps(api, steps.left());
    }
  }

  return { buildImage: (context, spec, options) => build(context, spec, options?.signal) };
}

/** Containers of steps whose end the builder hasn't told yet. */
function createStepContainers() {
  const left = new Set<string>();
  return {
    note({ stream = '' }: ProgressLine): void {
      const begun = /^ ---> Running in ([0-9a-f]{12,64})\s*$/.exec(stream)?.[1];
      if (begun !== undefined) left.add(begun);
      const ended = /^Removing intermediate container ([0-9a-f]{12,64})\s*$/.exec(stream)?.[1];
      if (ended !== undefined) left.delete(ended);
    },
    left: (): readonly string[] => [...left],
  };
}

/** A builder that was left removes its containers by itself, some time later: nobody waits for that. */
async function removeSteps(api: EngineApi, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    try {
      await api.send({
        method: 'DELETE',
        path: containerPath(id),
        query: { force: true, v: true },
      });
    } catch (error) {
      if (!isDs01Error(error)) throw error;
    }
  }
}

function* outputsOf(line: ProgressLine): Generator<BuildOutput> {
  if (line.stream !== undefined && line.stream !== '') yield { kind: 'text', text: line.stream };
  if (line.aux?.ID !== undefined) yield { kind: 'image', id: line.aux.ID };
  const progress = progressOf(line);
  if (progress !== null) yield { kind: 'progress', progress };
}

const periodMicroseconds = 100_000;

/** `POST /build` (Engine API 1.41); nothing is tagged, failed steps leave no container. */
function queryOf(spec: BuildSpec): Readonly<Record<string, string | number | boolean | undefined>> {
  return {
    version: 1,
    dockerfile: spec.dockerfile,
    rm: 1,
    forcerm: 1,
    q: 0,
    nocache: spec.noCache ? 1 : 0,
    buildargs: JSON.stringify(spec.buildArgs),
    labels: JSON.stringify(spec.labels),
    target: spec.target ?? undefined,
    networkmode: spec.networkMode,
    cgroupparent: spec.cgroupParent,
    memory: spec.memoryBytes ?? undefined,
    memswap: spec.memorySwapBytes ?? undefined,
    ...(spec.cpus === null
      ? {}
      : {
          cpuperiod: periodMicroseconds,
          cpuquota: Math.max(Math.floor(spec.cpus * periodMicroseconds), 1000),
        }),
    shmsize: spec.shmSizeBytes ?? undefined,
    ulimits: spec.ulimits.length === 0 ? undefined : JSON.stringify(spec.ulimits.map(ulimitOf)),
  };
}

function ulimitOf(text: string): {
  readonly Name: string;
  readonly Soft: number;
  readonly Hard: number;
} {
  const [, name, soft, hard] = /^([a-z]+)=(-?\d+)(?::(-?\d+))?$/.exec(text) ?? [];
  if (name === undefined || soft === undefined) {
    throw ds01Error('engine.error', { message: `${JSON.stringify(text)} is no limit of a build.` });
  }
  return { Name: name, Soft: Number(soft), Hard: Number(hard ?? soft) };
}

/** What moby 20.10 to 28 says of a Dockerfile that it can't read. */
const unreadable =
  /dockerfile parse error|failed to parse dockerfile|unknown instruction|the dockerfile \(.*\) cannot be empty|cannot locate specified dockerfile|failed to reach build target|no build stage in current context|unknown flag|requires (?:at least|exactly) \w+ argument|error parsing (?:onbuild|.*instruction)/i;

function buildFailure(failure: Ds01Error, exitCode: number | undefined): Ds01Error {
  const known = ['engine.error', 'engine.conflict', 'image.not-found', 'container.not-found'];
  if (!known.includes(failure.code)) return failure;
  const told = /returned a non-zero code: (\d+)/.exec(failure.message)?.[1];
  const code = told === undefined ? exitCode : Number(told);
  return ds01Error(unreadable.test(failure.message) ? 'dockerfile.invalid' : 'image.build-failed', {
    message: failure.message,
    details: { ...failure.details, ...(code === undefined ? {} : { exitCode: code }) },
    cause: failure,
  });
}
