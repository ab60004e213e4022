import { ds01Error, labelNames, type RouteOutput } from '@ds01/contracts';
import type { ContainerDetails, ImageDetails } from '@ds01/ports';
import type { Caller, UseCaseOptions } from '../caller.ts';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { gpusIfQuick, openContainer } from '../use-case.ts';
import { imagesNow } from './images-now.ts';
import {
  missingImage,
  ownRepository,
  refuseReservedTag,
  tagExists,
  taggedImage,
} from './own-image.ts';

/** What to keep, and under which name. */
export interface CommitInput {
  /** Of the container. */
  readonly name: string;
  /** Image of this person; `null` is that of the container's name. */
  readonly image: string | null;
  /** One that isn't there yet. */
  readonly tag: string;
}

/**
 * Keeps what was installed in a container of this person as a new tag of an image of theirs: its own
 * files, without the workspace, data and secrets, which are mounted, and without the variables that it
 * was started with. Its labels say nothing of the container any more. It goes on as it was. Fails with
 * `container.not-found`, `container.foreign`, `image.exists`, `image.invalid`, `name.invalid`.
 */
export async function commitContainer(
  deps: ControlPlaneDependencies,
  caller: Caller,
  input: CommitInput,
  options: UseCaseOptions = {},
): Promise<RouteOutput<'containers.commit'>> {
  const target = { caller, name: input.name };
  const { container, policy } = await openContainer(deps, target, gpusIfQuick(options));
  const { record } = container;
  const now = await imagesNow(deps, caller, { ...options, policy });
  const own = ownRepository(now, caller, input.image ?? record.name);
  refuseReservedTag(own, input.tag);
  if (own.tags.has(input.tag)) {
    throw tagExists(
      own,
      input.tag,
      `ds01 container save-packages ${record.name} --commit --tag another`,
    );
  }
  const details = await deps.engine.inspectContainer(record.id, options);
  const base = await deps.engine.inspectImage(details.imageId, options);
  if (base === null) throw missingImage(record.image);
  if (options.dryRun === true) {
    const note = `${record.name} would be kept as ${own.name}:${input.tag}`;
    return { image: now.summaryOf(base, `${own.repository}:${input.tag}`), note };
  }
  options.onProgress?.(`keeping ${record.name} as ${own.name}:${input.tag}`);
  await deps.engine.commitContainer(record.id, {
    repository: own.repository,
    tag: input.tag,
    pause: true,
    config: configOf(caller, { details, base }),
  });
  const after = await imagesNow(deps, caller, { policy });
  const found = taggedImage(ownRepository(after, caller, own.name), input.tag);
  if (found.details.id === base.id) {
    throw ds01Error('engine.error', { message: `The engine kept nothing of ${record.name}.` });
  }
  return {
    image: after.summaryOf(found.details, found.reference),
    note: `${record.name} is kept as ${own.name}:${input.tag}`,
  };
}

/** Where what was installed lies, and whose it is: empty, programs would not find it. */
const ownersVariables: readonly string[] = ['HOME', 'USER', 'LOGNAME'];

/**
 * The engine adds what the container has to what it is given, and takes nothing away: what the image
 * didn't have is emptied. The container's variables may be secrets, its labels are signed for it alone.
 */
function configOf(
  caller: Caller,
  { details, base }: { readonly details: ContainerDetails; readonly base: ImageDetails },
) {
  const nameOf = (variable: string): string => variable.split('=')[0] ?? '';
  const ofBase = new Map(base.env.map((variable) => [nameOf(variable), variable]));
  const names = new Set([...base.env, ...details.env].map(nameOf));
  const ofOwner = new Map(
    details.env
      .filter((variable) => ownersVariables.includes(nameOf(variable)))
      .map((variable) => [nameOf(variable), variable]),
  );
  const labels = new Set([
    ...Object.keys(details.labels),
    ...labelNames.map((one) => `ds01.${one}`),
  ]);
  return {
    env: [...names].map((name) => ofBase.get(name) ?? ofOwner.get(name) ?? `${name}=`),
    labels: {
      ...Object.fromEntries([...labels].map((label) => [label, base.labels[label] ?? ''])),
      'ds01.sig': '',
      'ds01.build.owner': String(caller.owner.uid),
    },
    command: base.command,
    entrypoint: base.entrypoint,
    user: base.user,
    workingDirectory: base.workingDirectory,
  };
}
