import { readTrigger } from '../document/read-dockerfile.ts';
import type {
  DockerfileDocument,
  DockerfileInstruction,
  DockerfileProblem,
  InstructionFlag,
} from '../document/types.ts';
import type { ImageUse } from './judged.ts';
import { judgeFlags } from './judge-flags.ts';
import { judgeSources } from './judge-sources.ts';
import { buildKitFlag } from './keywords.ts';
import { problemAt } from './problems.ts';
import { resolveCopySource } from './resolve-image.ts';
import type { BuildKitUse, ContextSource, RemoteSource, TriggerInstruction } from './types.ts';

/** What an instruction other than FROM takes from outside. */
export interface InstructionFindings {
  readonly uses: readonly ImageUse[];
  readonly context: ContextSource | null;
  readonly remote: readonly RemoteSource[];
  readonly onBuild: TriggerInstruction | null;
  readonly usesBuildKit: readonly BuildKitUse[];
  readonly problems: readonly DockerfileProblem[];
}

const nothing: InstructionFindings = {
  uses: [],
  context: null,
  remote: [],
  onBuild: null,
  usesBuildKit: [],
  problems: [],
};

/** Judges one instruction; `line` is what findings name. */
export function judgeInstruction(
  document: DockerfileDocument,
  instruction: DockerfileInstruction,
  line: number,
): InstructionFindings {
  const problems = judgeFlags(document, instruction);
  if (problems.length > 0) return { ...nothing, problems };
  const { keyword, flags } = instruction;
  if (keyword === 'ONBUILD') return judgeTrigger(document, instruction);
  const usesBuildKit = flags.flatMap(({ name }) => {
    const what = buildKitFlag(keyword, name);
    return what === null ? [] : [{ line, what }];
  });
  const images = judgeImageUses(document, instruction, line);
  const copies = keyword === 'COPY' || keyword === 'ADD';
  const sources =
    copies && !flags.some(({ name }) => name === 'from')
      ? judgeSources(document, instruction, line)
      : nothing;
  return {
    ...nothing,
    uses: images.uses,
    context: sources.context,
    remote: sources.remote,
    usesBuildKit,
    problems: [...images.problems, ...sources.problems],
  };
}

/** Behind ONBUILD: judged as if it ran, since a later stage of the same file may be built on this one. */
function judgeTrigger(
  document: DockerfileDocument,
  instruction: DockerfileInstruction,
): InstructionFindings {
  const { logical, argumentsAt, startLine } = instruction;
  const text = logical.text.slice(argumentsAt);
  const trigger = readTrigger(text, document.escape);
  if (trigger === null || ['ONBUILD', 'FROM', 'MAINTAINER'].includes(trigger.keyword)) {
    const message = 'ONBUILD takes one instruction other than FROM, MAINTAINER and ONBUILD.';
    const problem = { code: 'dockerfile.onbuild', message, hint: 'Write ONBUILD RUN command.' };
    return { ...nothing, problems: [problemAt(document, instruction, problem)] };
  }
  const within = { ...document, text };
  const findings = judgeInstruction(within, trigger, startLine);
  return {
    ...findings,
    uses: findings.uses.map((use) => ({
      ...use,
      start: use.start + argumentsAt,
      end: use.end + argumentsAt,
    })),
    onBuild: { line: startLine, instruction: trigger.logical.text },
    problems: findings.problems.map((problem) => ({ ...problem, line: startLine, column: 1 })),
  };
}

function judgeImageUses(
  document: DockerfileDocument,
  instruction: DockerfileInstruction,
  line: number,
): { uses: ImageUse[]; problems: DockerfileProblem[] } {
  const uses: ImageUse[] = [];
  const problems: DockerfileProblem[] = [];
  for (const flag of instruction.flags) {
    for (const { value, start, end } of namedImages(flag)) {
      const { stage } = instruction;
      const name = resolveCopySource(value, { stages: document.stages, stage, line });
      if (name.ok) uses.push({ start, end, resolved: name.resolved });
      else {
        const message = `--${flag.name}: ${name.reason}.`;
        const hint =
          'Name an earlier stage or an image; for a variable add FROM ${NAME} AS a stage.';
        problems.push(
          problemAt(document, instruction, {
            code: 'dockerfile.copy-from',
            message,
            hint,
            at: start,
          }),
        );
      }
    }
  }
  return { uses, problems };
}

/** Where a flag names images: `--from=x`, and `from=x` among the fields of `--mount`. */
function namedImages({ name, value, end }: InstructionFlag) {
  if (value === null) return [];
  const valueAt = end - value.length;
  if (name === 'from') return [{ value, start: valueAt, end }];
  if (name !== 'mount') return [];
  let at = valueAt;
  return value.split(',').flatMap((field) => {
    const start = at;
    at += field.length + 1;
    const equals = field.indexOf('=');
    const key = field.slice(0, equals === -1 ? field.length : equals).trim();
    if (key.toLowerCase() !== 'from') return [];
    return [
      { value: field.slice(equals + 1), start: start + equals + 1, end: start + field.length },
    ];
  });
}
