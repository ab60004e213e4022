import {
  ds01Error,
  imageRepositoryOf,
  type Ds01Error,
  type ImageBuildInput,
  type ObjectName,
  type SiteSettings,
} from '@ds01/contracts';
import { analyseBuild, type BuildAnalysis, type DockerfileProblem } from '@ds01/dockerfile-builder';
import type { Caller } from '../../caller.ts';
import { checkName } from '../../lookup.ts';
import type { CurrentPolicy } from '../../policy.ts';
import { refuseReservedTag } from '../own-image.ts';
import { isReservedTag } from '../reserved-tags.ts';

/** A build that was judged and may run. */
export interface BuildPlan {
  readonly input: ImageBuildInput;
  readonly name: ObjectName;
  /** `ds01-alice/thesis`. */
  readonly repository: string;
  /** The further tag; `null` for none. */
  readonly tag: string | null;
  readonly analysis: BuildAnalysis;
  /** What people should know before it begins. */
  readonly notes: readonly string[];
}

/**
 * Judges a build by its Dockerfile and options alone. Fails with `name.invalid`, `image.invalid`,
 * `dockerfile.invalid`, `build.refused`.
 */
export function planBuild(
  input: ImageBuildInput,
  { caller, policy }: { readonly caller: Caller; readonly policy: CurrentPolicy },
): BuildPlan {
  const name = checkName(input.name, 'image', (valid) => `ds01 image build ${valid}`);
  const tag = input.tag === 'latest' ? null : input.tag;
  if (tag !== null && isReservedTag(tag)) refuseReservedTag({ name }, tag);
  const { settings } = policy;
  if (input.hostNetwork && !settings.builds.allow_host_network) {
    throw refused(
      'This site does not give builds the host’s network (builds.allow_host_network in ds01.yaml).',
      'leave --network host out: builds reach the internet without it',
    );
  }
  const { buildArgs, target } = input;
  const analysis = analyseBuild(input.dockerfile, { buildArgs, target });
  if (!analysis.ok) throw invalidDockerfile(analysis.problems);
  refuseBuildKit(analysis);
  refuseRemote(analysis, { settings, where: '' });
  const platforms = analysis.images.flatMap(({ platform }) => platform ?? []);
  return {
    input,
    name,
    repository: imageRepositoryOf(name, caller.owner.slug),
    tag,
    analysis,
    notes: platforms.length === 0 ? [] : ['--platform is not used: builds are for this server.'],
  };
}

function invalidDockerfile(problems: readonly DockerfileProblem[]): Ds01Error {
  const [first] = problems;
  const more = problems.length > 1 ? ` (and ${String(problems.length - 1)} more)` : '';
  return ds01Error('dockerfile.invalid', {
    message:
      first === undefined
        ? 'The Dockerfile was not understood.'
        : `The Dockerfile, line ${String(first.line)}: ${first.message}${more}`,
    hint: first?.hint ?? 'ds01 image lint',
    details: { problems },
  });
}

function refuseBuildKit({ usesBuildKit }: Pick<BuildAnalysis, 'usesBuildKit'>): void {
  const [first] = usesBuildKit;
  if (first === undefined) return;
  throw ds01Error('dockerfile.invalid', {
    message:
      `The Dockerfile, line ${String(first.line)}: ${first.what} needs BuildKit. DS01 builds with the ` +
      'classic builder, which keeps to your limits.',
    hint: 'ds01 image lint',
    details: { usesBuildKit },
  });
}

/**
 * Refuses what the engine itself would fetch (`build.refused`): it reaches this host's own services,
 * which the steps of a build don't. `where` says in which image's triggers it stands.
 */
export function refuseRemote(
  { remoteSources }: Pick<BuildAnalysis, 'remoteSources'>,
  { settings, where }: { readonly settings: SiteSettings; readonly where: string },
): void {
  const [first] = remoteSources;
  if (first === undefined || settings.builds.allow_host_network) return;
  const why =
    first.kind === 'variable'
      ? 'has a variable, and could be an address'
      : 'is fetched by the server itself, which reaches more than you may';
  throw refused(
    where === ''
      ? `The Dockerfile, line ${String(first.line)}: ADD ${first.source} ${why}.`
      : `${where}: ADD ${first.source} ${why}.`,
    'fetch it in a RUN, with curl or wget, or COPY it from the context',
  );
}

/** `build.refused`, with the way that is open. */
export function refused(message: string, hint: string): Ds01Error {
  return ds01Error('build.refused', { message, hint });
}
