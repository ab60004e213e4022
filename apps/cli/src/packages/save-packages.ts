import { switchFlag } from '@ds01/command-line';
import type { RouteOutput, SavePackagesOutput } from '@ds01/contracts';
import { ds01Error } from '@ds01/contracts/core';
import type { CommandContext } from '../context.ts';
import type { BuildOptions } from '../images/build-image.ts';
import { imageWordOf } from '../images/image-words.ts';
import { isNothing, newPackagesOf, type NewPackages } from './new-packages.ts';

/** How packages are saved. */
export type HowToSave =
  | { readonly kind: 'dockerfile'; readonly build: boolean; readonly options: BuildOptions }
  | { readonly kind: 'commit'; readonly tag: string };

/**
 * Saves what was installed in a container since its image was made: with exact versions in the
 * image's Dockerfile, which is then built, or as a new tag. Says nothing but progress and remarks.
 * Nothing new is no error. Fails with `dockerfile.not-found` when it was made from no image of the
 * person's, `dockerfile.invalid`, `image.exists` for a tag that is there, and as a build does.
 */
export async function savePackages(
  context: CommandContext,
  name: string,
  how: HowToSave,
): Promise<SavePackagesOutput> {
  const { output, runtime, signal } = context;
  const onProgress = (line: string) => output.progress(line);
  output.progress(`looking at what was installed in ${name}`);
  const found = await runtime.api.call('containers.packages', { name }, { signal, onProgress });
  const packages = newPackagesOf(found.changes);
  const nothing = { image: null, dockerfile: null, notices: [] };
  if (isNothing(packages)) return { ...found, outcome: 'nothing-new', ...nothing };
  const saved =
    how.kind === 'commit'
      ? await commit(context, name, how.tag)
      : await saveInDockerfile(context, { found, packages, how });
  return { ...found, ...saved };
}

type Saved = Omit<SavePackagesOutput, 'container' | 'changes'>;

async function commit(
  { output, runtime, signal }: CommandContext,
  name: string,
  tag: string,
): Promise<Saved> {
  const onProgress = (line: string) => output.progress(line);
  const input = { name, image: null, tag };
  const result = await runtime.api.call('containers.commit', input, { signal, onProgress });
  const notices = result.note === null ? [] : [result.note];
  return { outcome: 'committed', image: result.image.name, dockerfile: null, notices };
}

async function saveInDockerfile(
  context: CommandContext,
  {
    found: { container },
    packages,
    how,
  }: {
    readonly found: RouteOutput<'containers.packages'>;
    readonly packages: NewPackages;
    readonly how: Extract<HowToSave, { kind: 'dockerfile' }>;
  },
): Promise<Saved> {
  const { personFiles } = await import('../images/person-files.ts');
  const { projectOf, readDockerfileOf } = await import('../images/project.ts');
  const files = await personFiles(context);
  const image = ownImageOf(container.image, files.me.slug);
  if (image === null) throw noOwnImage(container);
  const project = projectOf(image, {}, files);
  const before = await readDockerfileOf(project, files);
  const { text, notices } = await edited(before, packages, project.dockerfile);
  const others = packages.others.map((one) => `${one} is in no Dockerfile; --commit keeps it`);
  const { dockerfile } = project;
  const isDry = switchFlag(context.flags, 'dryRun');
  if (!isDry && text !== before) await files.replace(dockerfile, text);
  const kept = { dockerfile, notices: [...notices, ...others] };
  if (isDry || !how.build) return { outcome: 'written', image: null, ...kept };
  const { buildImage } = await import('../images/build-image.ts');
  const say = (line: string) => kept.notices.push(line);
  const { options } = how;
  const made = { project, text, options, files };
  const built = await buildImage(context, made, say).catch(async (error: unknown) => {
    const { afterFailedUpdate } = await import('../images/after-failed-update.ts');
    const failed = { error, wishes: { edit: false }, project, text, before };
    if (text !== before) await afterFailedUpdate(context, failed);
    throw error;
  });
  return { outcome: 'built', image: `${built.name}:${built.build}`, ...kept };
}

/** The Dockerfile with the packages in it. */
async function edited(before: string, { python, system }: NewPackages, path: string) {
  const { editDockerfile } = await import('@ds01/dockerfile-builder');
  const result = editDockerfile(before, [
    ...(python.length === 0 ? [] : [{ kind: 'add-packages' as const, packages: python }]),
    ...(system.length === 0 ? [] : [{ kind: 'add-system' as const, packages: system }]),
  ]);
  if (result.ok) return result;
  const [problem] = result.problems;
  throw ds01Error('dockerfile.invalid', {
    message: `${path}, line ${problem?.line ?? 1}: ${problem?.message ?? 'it can’t be edited'}`,
    hint: `sed -n ${problem?.line ?? 1}p ${path}`,
    details: { path, problems: result.problems },
  });
}

/** The name of a container's image when it is one of this person's own; `null` otherwise. */
export function ownImageOf(reference: string, slug: string): string | null {
  const prefix = `ds01-${slug}/`;
  return reference.startsWith(prefix) ? imageWordOf(reference.slice(prefix.length)).name : null;
}

function noOwnImage({ name, image }: SavePackagesOutput['container']) {
  return ds01Error('dockerfile.not-found', {
    message: `${name} was made from ${image}, which is no image of yours to add to.`,
    hint: `ds01 container save-packages ${name} --commit --tag saved`,
    details: { name, image },
  });
}

/** What became of the packages, for people. */
export function savedText(saved: SavePackagesOutput, isDry: boolean): string {
  const { container, outcome, image, dockerfile } = saved;
  switch (outcome) {
    case 'nothing-new':
      return `nothing was installed in ${container.name} since its image was made`;
    case 'written':
      return `${isDry ? 'would be written' : 'written'} into ${dockerfile ?? 'the Dockerfile'}`;
    case 'built':
      return `written into ${dockerfile ?? 'the Dockerfile'}, and built as ${image ?? 'an image'}`;
    case 'committed':
      return `${isDry ? 'would be kept' : 'kept'} as ${image ?? 'an image'}`;
  }
}
