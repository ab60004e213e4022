import {
  ds01Error,
  isDs01Error,
  toDs01Error,
  type BuildEvent,
  type BuiltImage,
  type Ds01Error,
} from '@ds01/contracts';
import { pinBuild, readDockerfile } from '@ds01/dockerfile-builder';
import type { BuildRecord, BuildSpec } from '@ds01/ports';
import type { Caller } from '../../caller.ts';
import type { ControlPlaneDependencies } from '../../dependencies.ts';
import { prepareNetwork } from '../../deploy/network.ts';
import type { CurrentPolicy } from '../../policy.ts';
import { engineInfo } from '../../reconcile/reconcile.ts';
import { withBases, type Bases } from './bases.ts';
import { repackContext } from './context/repack.ts';
import { explainFailure } from './failure.ts';
import { createBuildOutputReader, type BuildOutputReader, type EngineStep } from './output.ts';
import type { BuildPlan } from './plan.ts';
import { createRecorder } from './recorder.ts';
import type { BuildConnection } from './session.ts';
import { tagBuilt } from './tag-built.ts';

/** A build that was written down and is to run. */
export interface BuildRun {
  readonly caller: Caller;
  readonly policy: CurrentPolicy;
  readonly plan: BuildPlan;
  readonly record: BuildRecord;
  readonly connection: BuildConnection;
  readonly turns: BuildTurns;
}

/** Work that waits for other work on the same image. */
export interface BuildTurns {
  /** For the builds that began before. */
  readonly build: Turn;
  /** For whatever moves its tags. */
  readonly tags: Turn;
}

type Turn = <T>(work: () => Promise<T>, signal?: AbortSignal) => Promise<T>;

/**
 * Builds and tags, telling what happens; however it ends, that is written down. Fails with
 * `image.build-failed`, `operation.interrupted`, and with what the bases and the context are refused for.
 */
export async function runBuild(deps: ControlPlaneDependencies, run: BuildRun): Promise<void> {
  const { plan, turns } = run;
  const giveUp = new AbortController();
  const recorder = createRecorder(deps, run, () => giveUp.abort(fenced()));
  const reader = createBuildOutputReader(stepsOf(plan), () => recorder.elapsedMs());
  const signal = AbortSignal.any([run.connection.signal, giveUp.signal]);
  const emit = async (event: BuildEvent): Promise<void> => {
    recorder.note(event);
    await run.connection.emit(event);
  };
  const told = { ...run, connection: { ...run.connection, emit, signal } };
  let isTagged = false;
  const work = async (): Promise<BuiltImage> => {
    const imageId = await withBases(deps, { ...run, emit, signal }, (bases) =>
      build(deps, told, { bases, reader }),
    );
    const details = await deps.engine.inspectImage(imageId);
    const names = { caller: run.caller, plan, build: run.record.build, imageId };
    const tags = await turns.tags(() => {
      signal.throwIfAborted();
      return tagBuilt(deps, names);
    }, signal);
    isTagged = true;
    const position = reader.position();
    recorder.end({ state: 'succeeded', imageId }, position);
    return {
      name: plan.name,
      build: run.record.build,
      tags: [...tags],
      id: imageId,
      sizeBytes: details?.sizeBytes ?? 0,
      steps: position.steps,
      cachedSteps: position.cachedSteps,
      durationMs: recorder.elapsedMs(),
    };
  };
  try {
    for (const text of plan.notes) await emit({ event: 'note', text });
    await emit({ event: 'done', image: await turns.build(work, signal) });
  } catch (error) {
    const failure = reasonFor(error, signal);
    // One that has its names is built: whoever finds its note run out writes that down.
    if (!isTagged) {
      recorder.end({ state: stateOf(failure), reason: failure.message }, reader.position());
    }
    throw failure;
  } finally {
    recorder.stop();
  }
}

async function build(
  deps: ControlPlaneDependencies,
  run: BuildRun,
  { bases, reader }: { readonly bases: Bases; readonly reader: BuildOutputReader },
): Promise<string> {
  const { plan, policy, caller, connection } = run;
  const { signal, emit } = connection;
  const dockerfileName = `.ds01-${deps.ids.hex(32)}.dockerfile`;
  const { spec, notices } = await specOf(deps, run, { dockerfileName, bases });
  for (const text of notices) await emit({ event: 'note', text });
  let refusal: unknown = null;
  const context = repackContext(
    connection.context,
    {
      maxMebibytes: policy.settings.builds.max_context_mb,
      dockerfileName,
      dockerfile: pinned(plan, bases, caller),
    },
    (error) => {
      refusal = error;
    },
  );
  context.on('error', () => undefined);
  let imageId: string | null = null;
  try {
    for await (const output of deps.engine.buildImage(context, spec, { signal })) {
      if (output.kind === 'image') imageId = output.id;
      if (output.kind !== 'text') continue;
      for (const event of reader.push(output.text)) await emit(event);
    }
    for (const event of reader.end()) await emit(event);
  } catch (error) {
    for (const event of reader.end()) await emit(event);
    if (isDs01Error(refusal) && !signal.aborted) throw refusal;
    throw explainFailure(toDs01Error(error), {
      name: plan.name,
      position: reader.position(),
      memoryBytes: spec.memoryBytes,
      hostNetwork: spec.networkMode === 'host',
      resolved: policy.forUser(caller.owner.name).resolved,
    });
  } finally {
    context.destroy();
  }
  if (imageId !== null) return imageId;
  throw ds01Error('image.build-failed', {
    message: 'The engine ended the build without an image.',
  });
}

/** Steps run under their owner's limits, on their owner's network. */
async function specOf(
  deps: ControlPlaneDependencies,
  { caller, policy, plan }: BuildRun,
  made: { readonly dockerfileName: string; readonly bases: Bases },
): Promise<{ readonly spec: BuildSpec; readonly notices: readonly string[] }> {
  const { owner } = caller;
  const { input } = plan;
  const user = policy.forUser(owner.name);
  const parent = { group: user.group, slug: owner.slug };
  const host = await engineInfo(deps.engine);
  const capacity = { cpuCount: host.cpus, memoryBytes: host.memoryBytes };
  const { resources } = user.resources(capacity);
  const cpus = resources.nanoCpus === null ? null : resources.nanoCpus / 1e9;
  await deps.cgroups.ensure({ ...parent, limits: user.aggregate });
  const cgroup = await deps.cgroups.ensureForBuilds({
    ...parent,
    limits: {
      cpus,
      memoryMaxBytes: resources.memoryBytes,
      memoryHighBytes: null,
      tasksMax: resources.pidsLimit,
    },
  });
  const network = input.hostNetwork
    ? { mode: 'host', notices: [] }
    : await prepareNetwork(deps, { owner, policy, kind: 'private' });
  return {
    spec: {
      dockerfile: made.dockerfileName,
      buildArgs: input.buildArgs,
      target: null,
      noCache: input.noCache || made.bases.hasTriggers,
      labels: {},
      networkMode: network.mode,
      cgroupParent: cgroup.cgroupParent,
      memoryBytes: resources.memoryBytes,
      memorySwapBytes: resources.memorySwapBytes,
      cpus,
      shmSizeBytes: resources.shmSizeBytes,
      ulimits: resources.ulimits.map(({ name, soft, hard }) => `${name}=${soft}:${hard}`),
    },
    notices: [
      ...cgroup.notices,
      ...network.notices,
      ...(made.bases.hasTriggers && !input.noCache
        ? ['Nothing comes from the cache: the base runs instructions of its own (ONBUILD).']
        : []),
    ],
  };
}

/**
 * The Dockerfile that the engine gets. The engine's cache is everybody's: a line that differs between
 * people right behind each FROM keeps what one person's steps left there from being another's result.
 */
function pinned({ input }: BuildPlan, { images }: Bases, { owner }: Caller): string {
  const { dockerfile, buildArgs, target } = input;
  const afterFrom = `LABEL ds01.build.owner="${String(owner.uid)}"\n`;
  return pinBuild(dockerfile, { images, buildArgs, target, afterFrom });
}

/** The steps as the engine counts them: the person's, up to the target, and ours behind each FROM. */
function stepsOf({ input, analysis }: BuildPlan): readonly EngineStep[] {
  const { dockerfile, buildArgs, target } = input;
  const ids = new Map(analysis.images.map(({ key }) => [key, 'x']));
  const count = readDockerfile(
    pinBuild(dockerfile, { images: ids, buildArgs, target, afterFrom: '' }),
  ).instructions.length;
  return readDockerfile(dockerfile)
    .instructions.slice(0, count)
    .flatMap(({ keyword, text }) => (keyword === 'FROM' ? [text, null] : [text]));
}

/** Why it was aborted, where it was, instead of what that broke. */
function reasonFor(error: unknown, signal: AbortSignal): Ds01Error {
  if (!signal.aborted) return toDs01Error(error);
  const reason: unknown = signal.reason;
  if (isDs01Error(reason)) return reason;
  return ds01Error('operation.interrupted', { message: 'The build was cancelled.' });
}

function stateOf({ code }: Ds01Error): BuildRecord['state'] {
  const isCancelled = ['operation.interrupted', 'daemon.busy', 'daemon.unreachable'].includes(code);
  return isCancelled ? 'cancelled' : 'failed';
}

function fenced(): Ds01Error {
  return ds01Error('operation.interrupted', {
    message: 'The build was given up for lost: its process stood still for too long.',
    hint: 'run the same command again',
  });
}
