import type { Caller } from '../../caller.ts';
import type { ControlPlaneDependencies } from '../../dependencies.ts';
import { createUndo } from '../../undo.ts';
import { keepNamed } from '../keep-named.ts';
import { ownRepository, tagExists } from '../own-image.ts';
import type { BuildPlan } from './plan.ts';

/**
 * Gives a finished image its names: the immutable one first, then `latest`, then the one that was asked
 * for. Returns them all; what was done is taken back when one fails. Fails with `image.exists`.
 */
export async function tagBuilt(
  deps: Pick<ControlPlaneDependencies, 'engine' | 'logger'>,
  made: {
    readonly caller: Caller;
    readonly plan: BuildPlan;
    readonly build: string;
    readonly imageId: string;
  },
): Promise<readonly string[]> {
  const { plan, build, imageId } = made;
  const { repository } = plan;
  await refuseTakenTag(deps, plan, imageId);
  const undo = createUndo(deps.logger);
  const wanted = [build, 'latest', ...(plan.tag === null ? [] : [plan.tag])];
  try {
    for (const tag of wanted) {
      if (tag === 'latest') await keepLatest(deps, made);
      const before = await deps.engine.inspectImage(`${repository}:${tag}`);
      undo.add(`tag ${tag}`, async () => {
        if (before !== null) await deps.engine.tagImage(before.id, { repository, tag });
        else await removeTag(deps, `${repository}:${tag}`);
      });
      await deps.engine.tagImage(imageId, { repository, tag });
    }
  } catch (error) {
    await undo.run();
    throw error;
  }
  return wanted.map((tag) => `${repository}:${tag}`);
}

/** A version that is only `latest`, such as one that was fetched, has no build to be found by. */
async function keepLatest(
  deps: Pick<ControlPlaneDependencies, 'engine'>,
  { caller, plan }: { readonly caller: Caller; readonly plan: BuildPlan },
): Promise<void> {
  const all = await deps.engine.listImages();
  await keepNamed(deps, ownRepository({ all }, caller, plan.name));
}

async function removeTag(
  { engine }: Pick<ControlPlaneDependencies, 'engine'>,
  reference: string,
): Promise<void> {
  if ((await engine.inspectImage(reference)) === null) return;
  await engine.removeImage(reference);
}

/** A tag that was asked for never moves away from another image. */
export async function refuseTakenTag(
  { engine }: Pick<ControlPlaneDependencies, 'engine'>,
  { repository, tag, name }: Pick<BuildPlan, 'repository' | 'tag' | 'name'>,
  imageId: string | null,
): Promise<void> {
  if (tag === null) return;
  const there = await engine.inspectImage(`${repository}:${tag}`);
  if (there === null || there.id === imageId) return;
  throw tagExists({ name }, tag, `ds01 image build ${name} --tag with another one`);
}
