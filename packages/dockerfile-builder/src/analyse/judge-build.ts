import { instructionMaxBytes, readWithinLimits } from '../document/limits.ts';
import type {
  DockerfileDocument,
  DockerfileInstruction,
  DockerfileProblem,
  DockerfileStage,
} from '../document/types.ts';
import type { ImageUse, JudgedBuild, JudgedInstruction, ResolvedImage } from './judged.ts';
import { judgeFlags } from './judge-flags.ts';
import { judgeFrom } from './judge-from.ts';
import { judgeInstruction } from './judge-instruction.ts';
import { metaArguments } from './meta-arguments.ts';
import { oddityProblems } from './oddity-problems.ts';
import { problemAt, problemOfLine, tooLong } from './problems.ts';
import type { AnalyseOptions, BuildAnalysis, ExternalImage } from './types.ts';

type Collected = { -readonly [Key in keyof BuildAnalysis]: BuildAnalysis[Key][number][] };

/** Problems that are told; the rest follows from them or is more of the same. */
const problemsMax = 50;

/** Judges every instruction up to the target stage. */
export function judgeBuild(text: string, { buildArgs = {}, target }: AnalyseOptions): JudgedBuild {
  const document = readWithinLimits(text);
  if (document === null) return tooMany;
  const problems: DockerfileProblem[] = oddityProblems(document.oddities.slice(0, problemsMax));
  const values = metaArguments(document, buildArgs);
  const last = lastStage(document, target ?? null);
  if (document.stages.length === 0) problems.push(noFrom);
  else if (last === null) problems.push(noTarget(target ?? ''));
  const collected: Collected = {
    images: [],
    remoteSources: [],
    contextSources: [],
    onBuild: [],
    usesBuildKit: [],
  };
  const judged: JudgedInstruction[] = [];
  for (const instruction of document.instructions) {
    if (last !== null && instruction.index > last.last) break;
    const misplaced = placeProblems(document, instruction);
    problems.push(...misplaced);
    if (misplaced.length > 0) continue;
    const result =
      instruction.keyword === 'FROM'
        ? judgeBase(document, { instruction, values, problems })
        : collect(document, { instruction, collected, problems });
    judged.push({ instruction, ...result });
    for (const image of [result.from?.base, ...result.uses.map(({ resolved }) => resolved)]) {
      collected.images.push(...externals(image));
    }
  }
  return { ...collected, judged, problems: problems.slice(0, problemsMax) };
}

function judgeBase(
  document: DockerfileDocument,
  {
    instruction,
    values,
    problems,
  }: {
    instruction: DockerfileInstruction;
    values: ReadonlyMap<string, string | null>;
    problems: DockerfileProblem[];
  },
): Pick<JudgedInstruction, 'from' | 'uses'> {
  const flagProblems = judgeFlags(document, instruction);
  const from = judgeFrom(document, instruction, values);
  problems.push(...flagProblems, ...(from.ok ? [] : [from.problem]));
  return { from: from.ok ? { base: from.base, name: from.name } : null, uses: [] };
}

function collect(
  document: DockerfileDocument,
  {
    instruction,
    collected,
    problems,
  }: { instruction: DockerfileInstruction; collected: Collected; problems: DockerfileProblem[] },
): { from: null; uses: readonly ImageUse[] } {
  const found = judgeInstruction(document, instruction, instruction.startLine);
  problems.push(...found.problems);
  collected.remoteSources.push(...found.remote);
  collected.usesBuildKit.push(...found.usesBuildKit);
  if (found.onBuild !== null) collected.onBuild.push(found.onBuild);
  if (found.context !== null) collected.contextSources.push(found.context);
  return { from: null, uses: found.uses };
}

const externals = (image: ResolvedImage | undefined): ExternalImage[] =>
  image?.kind === 'external' ? [image.image] : [];

function placeProblems(
  document: DockerfileDocument,
  instruction: DockerfileInstruction,
): DockerfileProblem[] {
  const { keyword, stage, logical } = instruction;
  if (stage === null && keyword !== 'ARG') {
    const message = `${keyword.slice(0, 40)} stands before the first FROM, where only ARG may.`;
    const hint = 'Put FROM image before it.';
    return [problemAt(document, instruction, { code: 'dockerfile.no-from', message, hint })];
  }
  if (utf8Length(logical.text) <= instructionMaxBytes) return [];
  const message = `The instruction is longer than ${instructionMaxBytes} bytes.`;
  const hint = 'Put the commands into a script and COPY it.';
  return [problemAt(document, instruction, { code: 'dockerfile.too-long', message, hint })];
}

/** Bytes of a text in UTF-8, at most: half of a pair counts like a character of its own. */
function utf8Length(text: string): number {
  let bytes = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : 3;
  }
  return bytes;
}

function lastStage({ stages }: DockerfileDocument, target: string | null): DockerfileStage | null {
  if (target === null) return stages.at(-1) ?? null;
  const name = target.toLowerCase();
  const byNumber = /^\d{1,4}$/.test(target) ? stages[Number(target)] : undefined;
  return stages.find((stage) => stage.name === name) ?? byNumber ?? null;
}

const noFrom = problemOfLine(1, {
  code: 'dockerfile.no-from',
  message: 'The Dockerfile has no FROM.',
  hint: 'Begin with FROM image.',
});

const noTarget = (target: string): DockerfileProblem =>
  problemOfLine(1, {
    code: 'dockerfile.no-target',
    message: `There is no stage "${target.slice(0, 80)}".`,
    hint: 'Name a stage as it stands behind AS.',
  });

const tooMany: JudgedBuild = {
  images: [],
  remoteSources: [],
  contextSources: [],
  onBuild: [],
  usesBuildKit: [],
  judged: [],
  problems: [tooLong],
};
