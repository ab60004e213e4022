import { ds01Error, type ImageBuildInput } from '@ds01/contracts';
import type { EngineSession } from '@ds01/ports';
import type { Caller, UseCaseOptions } from '../../caller.ts';
import type { ControlPlaneDependencies } from '../../dependencies.ts';
import type { Turns } from '../../operations/turns.ts';
import { loadCurrentPolicy } from '../../policy.ts';
import { planBuild } from './plan.ts';
import { beginBuild } from './record.ts';
import { runBuild, type BuildTurns } from './run.ts';
import { buildSession } from './session.ts';
import { refuseTakenTag } from './tag-built.ts';

/**
 * Begins a build: what can be judged before is refused here, the rest is told in the session. Builds of
 * one image run one after the other. Fails with what `planBuild` fails with, `build.too-many` and
 * `image.exists`.
 */
export async function buildImage(
  deps: ControlPlaneDependencies,
  caller: Caller,
  input: ImageBuildInput,
  options: UseCaseOptions & {
    readonly turns: Turns;
    /** Under what changes of this image wait for each other. */
    readonly imageTurn: string;
  },
): Promise<EngineSession> {
  if (options.dryRun === true) {
    throw ds01Error('usage.invalid', {
      message: 'A build has no preview.',
      hint: 'ds01 image lint',
    });
  }
  const { signal, turns, imageTurn } = options;
  const policy = loadCurrentPolicy(deps);
  const plan = planBuild(input, { caller, policy });
  await refuseTakenTag(deps, plan, null);
  const tags = await tagsOf(deps, plan.repository, signal);
  signal?.throwIfAborted();
  const record = beginBuild(deps, { caller, policy, plan, tags });
  const run = { caller, policy, plan, record };
  const ofBuilds = `build of ${imageTurn}`;
  const inTurn: BuildTurns = {
    build: (work, cancelled) => turns.take(ofBuilds, work, cancelled),
    tags: (work, cancelled) => turns.take(imageTurn, work, cancelled),
  };
  return buildSession((connection) => runBuild(deps, { ...run, connection, turns: inTurn }), {
    signal,
  });
}

/** Tags that an image has, also such as a lost ledger knows nothing of. */
async function tagsOf(
  { engine }: Pick<ControlPlaneDependencies, 'engine'>,
  repository: string,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const prefix = `${repository}:`;
  const images = await engine.listImages({ signal });
  return images.flatMap(({ tags }) =>
    tags.flatMap((tag) => (tag.startsWith(prefix) ? [tag.slice(prefix.length)] : [])),
  );
}
