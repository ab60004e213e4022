import { resolve } from 'node:path';
import { listFlag, plainText, switchFlag, textFlag, type FlagValues } from '@ds01/command-line';
import type { BuiltImage, RouteInput } from '@ds01/contracts';
import { ds01Error, formatBytes, formatDuration, isDs01Error } from '@ds01/contracts/core';
import { analyseBuild } from '@ds01/dockerfile-builder';
import type { CommandContext } from '../context.ts';
import { createBuildProgress, type BuildProgress } from './build-progress.ts';
import { runBuild } from './build-session.ts';
import { openContext } from './context.ts';
import { checkedTag } from './image-words.ts';
import { lastWritten } from './last-written.ts';
import { lookAtBases } from './look-at-bases.ts';
import type { PersonFiles } from './person-files.ts';
import type { ImageProject } from './project.ts';
import { sourcesOf } from './sources.ts';

/** How an image is built, as the flags say. */
export type BuildOptions = Pick<
  RouteInput<'images.build'>,
  'buildArgs' | 'tag' | 'target' | 'noCache' | 'pull' | 'hostNetwork'
>;

/** The build options of a command line. Fails with `usage.invalid`. */
export function buildOptionsOf(flags: FlagValues): BuildOptions {
  const network = textFlag(flags, 'network') ?? 'private';
  if (network !== 'private' && network !== 'host') {
    throw ds01Error('usage.invalid', {
      message: `A build has a private network or the host's, not ${JSON.stringify(network)}.`,
      hint: 'ds01 image build thesis --network host',
    });
  }
  const tag = textFlag(flags, 'tag');
  return {
    buildArgs: Object.fromEntries(listFlag(flags, 'buildArg').map(buildArgOf)),
    tag: tag === null ? null : checkedTag(tag, 'ds01 image build thesis --tag experiment-42'),
    target: textFlag(flags, 'target'),
    noCache: flags['cache'] === false,
    pull: switchFlag(flags, 'pull'),
    hostNetwork: network === 'host',
  };
}

/** `NAME=value`, or `NAME` for the caller's own value, as the engine's client has it. */
function buildArgOf(pair: string): readonly [string, string] {
  const at = pair.indexOf('=');
  const name = at === -1 ? pair : pair.slice(0, at);
  const value = at === -1 ? process.env[name] : pair.slice(at + 1);
  if (/^[A-Za-z_]\w*$/.test(name) && value !== undefined) return [name, value];
  throw ds01Error('usage.invalid', {
    message: `--build-arg ${JSON.stringify(name)} is no name with a value.`,
    hint: 'ds01 image build thesis --build-arg VERSION=2',
  });
}

/** Smaller contexts are sent before anybody has read that they are. */
const worthSayingBytes = 10 * 1024 ** 2;

/** What is built. */
export interface ImageToBuild {
  readonly project: ImageProject;
  readonly text: string;
  readonly options: BuildOptions;
  readonly files: PersonFiles;
}

/**
 * Builds an image from a Dockerfile and shows how it goes. Remarks come by `notice`. Fails with
 * `dockerfile.invalid`, and as `openContext` and `runBuild` do.
 */
export async function buildImage(
  context: CommandContext,
  { project, text, options, files }: ImageToBuild,
  notice: (line: string) => void,
): Promise<BuiltImage> {
  const { runtime, output, signal } = context;
  const { buildArgs = {}, target = null, pull = false } = options;
  const analysis = analyseBuild(text, { buildArgs, target });
  if (!analysis.ok) throw invalidDockerfile(project, analysis.problems);
  // Large folders take a while; others need no line in a log.
  if (output.sideScreen.isTerminal) output.progress('looking for what the build copies');
  const { auth, sources } = await lookAtBases(context, analysis.images, { pull });
  const own = sourcesOf(analysis.contextSources);
  const opened = await openContext(
    files,
    {
      folder: project.context,
      sources: own === null || sources === null ? null : [...own, ...sources],
      maxBytes: files.me.maxContextBytes,
    },
    signal,
  );
  const { selection } = opened;
  selection.problems.forEach(notice);
  for (const { path, bytes } of selection.largeFiles.slice(0, 3)) {
    notice(`${path} (${formatBytes(bytes)}) is copied into the image; see .dockerignore`);
  }
  if (selection.leftOut.length > 0) {
    notice(`left out, being no files, folders or links: ${selection.leftOut.join(', ')}`);
  }
  const progress = createBuildProgress(output);
  if (selection.totalBytes > worthSayingBytes) {
    output.progress(`sending ${formatBytes(selection.totalBytes)}`);
  }
  const { name, dockerfile } = project;
  const input = { name, dockerfile: text, dockerfilePath: dockerfile, ...options, auth };
  try {
    return await runBuild({ api: runtime.api, progress, signal }, input, opened.archive);
  } catch (error) {
    output.settle();
    // Elsewhere than on a terminal they were printed as they came.
    if (output.sideScreen.isTerminal)
      lastLines(error, progress).forEach((line) => output.say(line));
    throw error;
  } finally {
    opened.close();
  }
}

/** What a step that failed printed last, as the daemon knows it. */
function lastLines(error: unknown, progress: BuildProgress): readonly string[] {
  if (!isDs01Error(error) || error.code !== 'image.build-failed') return [];
  const given = error.details['lastLines'];
  const lines = Array.isArray(given) ? given.map(String) : progress.lastLines();
  return lines
    .map((line) => plainText(lastWritten(line)).trimEnd())
    .flatMap((line) => (line === '' ? [] : [`  | ${line}`]));
}

/** What was built, for people. */
export function builtText({ name, build, sizeBytes, steps, ...image }: BuiltImage): string {
  const cached = image.cachedSteps === 0 ? '' : `, ${image.cachedSteps} of them cached`;
  const took = formatDuration(image.durationMs);
  return `built ${name}:${build} (${formatBytes(sizeBytes)}) in ${took}: ${steps} steps${cached}`;
}

function invalidDockerfile(
  { dockerfile }: ImageProject,
  problems: readonly { readonly line: number; readonly message: string }[],
) {
  const [first] = problems;
  return ds01Error('dockerfile.invalid', {
    message: problems
      .map(({ line, message }) => `${dockerfile}, line ${line}: ${message}`)
      .join('\n'),
    hint: `sed -n ${first?.line ?? 1}p '${resolve(dockerfile)}'`,
    details: { problems },
  });
}
