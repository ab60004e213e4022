import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { BuildOutput, BuildSpec, ImageDetails } from '@ds01/ports';
import { configured, isConfiguration } from './build-config.ts';
import { copied, sourcesOf } from './build-copy.ts';
import { buildFailure, runInContainer } from './build-run.ts';
import type { MemoryContext } from './context.ts';
import {
  invalid,
  pairsOf,
  parseDockerfile,
  substitute,
  type Instruction,
  type Stage,
} from './dockerfile.ts';
import type { InMemoryFile, MemoryFiles } from './files.ts';
import { addImage } from './image-calls.ts';
import { findImage } from './state.ts';
import { readArchive } from './tar.ts';

/** A build under way. */
interface Build {
  readonly context: MemoryContext;
  readonly spec: BuildSpec;
  readonly files: ReadonlyMap<string, InMemoryFile>;
  readonly signal: AbortSignal;
  /** Images of stages by name and number. */
  readonly stages: Map<string, ImageDetails>;
  readonly total: number;
  step: number;
  isCaching: boolean;
}

/**
 * Builds as the classic builder does, instruction by instruction, each result kept for the next build
 * of the same parent, words and content. Commands of `RUN` are run by the engine's `runStep`.
 */
export async function* build(
  context: MemoryContext,
  archive: Readable,
  spec: BuildSpec,
  signal: AbortSignal,
): AsyncGenerator<BuildOutput> {
  const { text, files } = contextOf(readArchive(await buffer(archive)), spec);
  const { globalArguments, stages: all } = parseDockerfile(text);
  const stages = labelled(upTo(all, spec.target), spec.labels);
  const steps = stages.reduce((sum, stage) => sum + 1 + stage.steps.length, 0);
  const under: Build = {
    context,
    spec,
    files,
    signal,
    stages: new Map(),
    total: globalArguments.length + steps,
    step: 0,
    isCaching: !spec.noCache,
  };
  const globals = new Map<string, string>();
  for (const instruction of globalArguments) {
    yield announced(under, instruction);
    declare(globals, instruction, spec);
  }
  let id = '';
  for (const [index, stage] of stages.entries()) {
    const image: ImageDetails = yield* buildStage(under, stage, globals);
    under.stages.set(String(index), image);
    if (stage.name !== null) under.stages.set(stage.name, image);
    id = image.id;
    yield { kind: 'image', id };
  }
  yield { kind: 'text', text: `Successfully built ${shortId(id)}\n` };
}

/** The Dockerfile's text, and what is left to copy: a `.dockerignore` may take these two files away. */
function contextOf(
  files: ReadonlyMap<string, InMemoryFile>,
  { dockerfile }: BuildSpec,
): { readonly text: string; readonly files: ReadonlyMap<string, InMemoryFile> } {
  const text = files.get(dockerfile);
  if (typeof text !== 'string') throw invalid(`Cannot locate specified Dockerfile: ${dockerfile}`);
  const list = files.get('.dockerignore');
  const names = typeof list === 'string' ? list.split(/\r?\n/).map((line) => line.trim()) : [];
  const left = [...files].filter(
    ([path]) => !([dockerfile, '.dockerignore'].includes(path) && names.includes(path)),
  );
  return { text, files: new Map(left) };
}

function upTo(stages: readonly Stage[], target: string | null): readonly Stage[] {
  if (target === null) return stages;
  const found = stages.findIndex(
    ({ name }, index) => name === target.toLowerCase() || String(index) === target,
  );
  if (found !== -1) return stages.slice(0, found + 1);
  throw invalid(`failed to reach build target ${target} in Dockerfile`);
}

/** Labels that were asked for come as a last instruction. */
function labelled(
  stages: readonly Stage[],
  labels: Readonly<Record<string, string>>,
): readonly Stage[] {
  const quoted = (text: string): string => JSON.stringify(text).replaceAll('$', '\\$');
  const pairs = Object.entries(labels).map(([name, value]) => `${quoted(name)}=${quoted(value)}`);
  if (pairs.length === 0) return stages;
  const label = { keyword: 'LABEL', rest: pairs.join(' '), line: 0 };
  return stages.map((stage, index) =>
    index === stages.length - 1 ? { ...stage, steps: [...stage.steps, label] } : stage,
  );
}

async function* buildStage(
  under: Build,
  stage: Stage,
  globals: ReadonlyMap<string, string>,
): AsyncGenerator<BuildOutput, ImageDetails> {
  yield announced(under, stage.from);
  const base = substitute(stage.base, globals);
  const { state } = under.context;
  let image = under.stages.get(base.toLowerCase()) ?? findImage(state, base);
  if (base === 'scratch') image = addImage(under.context, { tags: [], layers: [], command: [] });
  if (image === undefined) {
    throw buildFailure(`pull access denied for ${base}, repository does not exist`);
  }
  yield { kind: 'text', text: ` ---> ${shortId(image.id)}\n` };
  const triggers = image.onBuild.map((text): Instruction => {
    const [, keyword = '', rest = ''] = /^(\S+)\s*([\s\S]*)$/.exec(text) ?? [];
    return { keyword: keyword.toUpperCase(), rest, line: stage.from.line };
  });
  const variables = new Map<string, string>();
  for (const step of [...triggers, ...stage.steps]) {
    if (!triggers.includes(step)) yield announced(under, step);
    image = yield* performed(under, { step, image, variables, globals });
    yield { kind: 'text', text: ` ---> ${shortId(image.id)}\n` };
  }
  return image;
}

interface Position {
  readonly step: Instruction;
  readonly image: ImageDetails;
  /** Arguments that the stage declared. */
  readonly variables: Map<string, string>;
  readonly globals: ReadonlyMap<string, string>;
}

async function* performed(under: Build, at: Position): AsyncGenerator<BuildOutput, ImageDetails> {
  const { step, image, variables, globals } = at;
  const { context, spec } = under;
  if (under.signal.aborted) throw under.signal.reason;
  if (step.keyword === 'ARG') declare(variables, step, spec, globals);
  const scope = new Map([...variables, ...pairsIn(image.env)]);
  const isRun = step.keyword === 'RUN';
  const rest = isRun ? step.rest : substitute(step.rest, scope);
  const copy = ['COPY', 'ADD'].includes(step.keyword)
    ? sourcesOf(rest, { context: under.files, image: (name) => filesOfStage(under, name) })
    : null;
  const key = hashOf([
    image.id,
    step.keyword,
    rest,
    isRun ? [...variables] : [],
    copy === null ? [] : [...copy.files],
  ]);
  const cached = under.isCaching ? context.state.buildCache.get(key) : undefined;
  const found = cached === undefined ? undefined : findImage(context.state, cached);
  if (found !== undefined) {
    yield { kind: 'text', text: ' ---> Using cache\n' };
    return found;
  }
  under.isCaching = false;
  const files: MemoryFiles = new Map(context.state.imageFiles.get(image.id) ?? []);
  if (isRun) yield* runInContainer({ ...under, image, files, variables }, rest);
  if (copy !== null) copied(files, copy, image.workingDirectory);
  if (!isRun && copy === null && !isConfiguration(step.keyword)) {
    throw invalid(`unknown instruction: ${step.keyword}`);
  }
  const isLayer = isRun || copy !== null;
  const made = addImage(
    context,
    {
      ...configured(image, { ...step, rest }),
      tags: [],
      digests: [],
      layers: isLayer ? [...image.layers, `sha256:${key}`] : image.layers,
    },
    files,
    originOf(
      under,
      image,
      isRun ? `/bin/sh -c ${rest}` : `/bin/sh -c #(nop) ${step.keyword} ${rest}`,
    ),
  );
  context.state.buildCache.set(key, made.id);
  return made;
}

function originOf({ context }: Build, parent: ImageDetails, createdBy: string) {
  const before = context.state.imageOrigins.get(parent.id)?.history ?? [];
  const entry = { id: null, createdBy, createdAtMs: context.clock.nowMs(), sizeBytes: 0 };
  return { parent: parent.id, history: [entry, ...before] };
}

function filesOfStage({ context, stages }: Build, name: string): MemoryFiles {
  const image = stages.get(name.toLowerCase()) ?? findImage(context.state, name);
  if (image === undefined) throw buildFailure(`invalid from flag value ${name}: No such image`);
  return context.state.imageFiles.get(image.id) ?? new Map();
}

/** Default, argument of the build, or what stood before the first `FROM`. */
function declare(
  variables: Map<string, string>,
  { rest }: Instruction,
  { buildArgs }: BuildSpec,
  globals?: ReadonlyMap<string, string>,
): void {
  for (const [name, value] of pairsOf(rest)) {
    const fallback = rest.includes('=') ? substitute(value, variables) : (globals?.get(name) ?? '');
    variables.set(name, buildArgs[name] ?? fallback);
  }
}

function pairsIn(env: readonly string[]): readonly (readonly [string, string])[] {
  return env.map((variable) => {
    const [name = '', ...value] = variable.split('=');
    return [name, value.join('=')];
  });
}

function announced(under: Build, { keyword, rest }: Instruction): BuildOutput {
  under.step += 1;
  return { kind: 'text', text: `Step ${under.step}/${under.total} : ${keyword} ${rest}\n` };
}

function hashOf(content: unknown): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}

function shortId(id: string): string {
  return id.replace('sha256:', '').slice(0, 12);
}
