import { readDockerfile, readTrigger } from '../document/read-dockerfile.ts';
import { judgeBuild } from './judge-build.ts';
import { judgeInstruction } from './judge-instruction.ts';
import { oddityProblems } from './oddity-problems.ts';
import { problemOfLine } from './problems.ts';
import type { AnalyseOptions, BuildAnalysisResult, ExternalImage } from './types.ts';

/**
 * Says what a build would take from outside: images (FROM, `COPY --from`, mounts; also behind ONBUILD),
 * sources that the engine would fetch, paths of the context. What engines might read in two ways, and
 * every name that isn't certain, is a problem: the build is refused, never guessed.
 */
export function analyseBuild(text: string, options: AnalyseOptions = {}): BuildAnalysisResult {
  const { judged: _judged, problems, ...analysis } = judgeBuild(text, options);
  return problems.length > 0 ? { ok: false, problems } : { ok: true, ...analysis };
}

/**
 * The same for the ONBUILD triggers of a base image, one instruction each, as its configuration has
 * them. `line` counts the triggers from 1.
 */
export function analyseTriggers(triggers: readonly string[]): BuildAnalysisResult {
  const findings = triggers.map((text, index) => {
    const { oddities, escape, instructions } = readDockerfile(text);
    const trigger = instructions.length === 1 ? readTrigger(text, escape) : null;
    const line = index + 1;
    if (trigger === null || ['FROM', 'ONBUILD'].includes(trigger.keyword)) {
      return { ...empty, problems: [problemOfLine(line, unreadable)] };
    }
    const within = { ...readDockerfile(''), text };
    const found = judgeInstruction(within, trigger, line);
    return { ...found, problems: [...oddityProblems(oddities), ...found.problems] };
  });
  const problems = findings.flatMap((found) => found.problems);
  if (problems.length > 0) return { ok: false, problems };
  return {
    ok: true,
    images: findings.flatMap(({ uses }) => uses.flatMap(({ resolved }) => externalOf(resolved))),
    remoteSources: findings.flatMap(({ remote }) => remote),
    contextSources: findings.flatMap(({ context }) => (context === null ? [] : [context])),
    onBuild: [],
    usesBuildKit: findings.flatMap((found) => found.usesBuildKit),
  };
}

type Findings = ReturnType<typeof judgeInstruction>;

const empty: Findings = {
  uses: [],
  context: null,
  remote: [],
  onBuild: null,
  usesBuildKit: [],
  problems: [],
};

const externalOf = (resolved: Findings['uses'][number]['resolved']): ExternalImage[] =>
  resolved.kind === 'external' ? [resolved.image] : [];

const unreadable = {
  code: 'dockerfile.onbuild',
  message: "An ONBUILD trigger of the base can't be read.",
  hint: 'Use another base.',
};
