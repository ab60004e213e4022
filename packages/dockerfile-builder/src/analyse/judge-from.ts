import { isAscii } from '../document/flags.ts';
import { fromWords } from '../document/stages.ts';
import type {
  DockerfileDocument,
  DockerfileInstruction,
  DockerfileProblem,
} from '../document/types.ts';
import type { ResolvedImage } from './judged.ts';
import { problemAt } from './problems.ts';
import { processWord } from './process-word.ts';
import { printable, resolveBase } from './resolve-image.ts';

/** A FROM that was understood, or why it wasn't. */
export type JudgedFrom =
  | { readonly ok: true; readonly base: ResolvedImage; readonly name: string | null }
  | { readonly ok: false; readonly problem: DockerfileProblem };

const stageNamePattern = /^[a-z][a-z0-9_.-]*$/;

/** Reads a FROM with the values of the ARGs before the first one. */
export function judgeFrom(
  document: DockerfileDocument,
  instruction: DockerfileInstruction,
  values: ReadonlyMap<string, string | null>,
): JudgedFrom {
  const { logical, bodyAt } = instruction;
  const refuse = (
    message: string,
    hint = 'Write FROM image, or FROM image AS name.',
  ): JudgedFrom => ({
    ok: false,
    problem: problemAt(document, instruction, {
      code: 'dockerfile.from',
      message,
      hint,
      at: bodyAt,
    }),
  });
  if (!isAscii(logical.text.slice(bodyAt).replaceAll('\t', ' '))) {
    return refuse('FROM has characters that no image name has.');
  }
  const words = fromWords(instruction);
  const [raw = '', as, alias] = words;
  if (words.length !== 1 && (words.length !== 3 || as?.toLowerCase() !== 'as')) {
    return refuse('FROM takes an image and, behind AS, a name.');
  }
  const name = alias?.toLowerCase() ?? null;
  const earlier = document.stages.slice(0, instruction.stage ?? 0);
  const nameProblem = judgeName(
    name,
    earlier.map((stage) => stage.name),
  );
  if (nameProblem !== null) return refuse(nameProblem, 'Choose another name for the stage.');
  const word = processWord(raw, { escape: document.escape, values });
  if (!word.ok) {
    return refuse(
      `The base "${printable(raw)}" can't be known: ${word.reason}.`,
      'Give the ARG before FROM a default, or pass it with --build-arg.',
    );
  }
  const platform = judgePlatform(document, instruction, values);
  if (!platform.ok) return refuse(platform.reason);
  const line = instruction.startLine;
  const base = resolveBase(word.value, { earlier, platform: platform.value, line });
  return base.ok ? { ok: true, base: base.resolved, name } : refuse(`FROM: ${base.reason}.`);
}

function judgeName(name: string | null, earlier: readonly (string | null)[]): string | null {
  if (name === null) return null;
  if (name === 'scratch' || !stageNamePattern.test(name)) {
    return `"${printable(name)}" can't be the name of a stage.`;
  }
  return earlier.includes(name) ? `There are two stages "${name}".` : null;
}

const ownPlatform = new Map([
  ['BUILDPLATFORM', ''],
  ['TARGETPLATFORM', ''],
]);

function judgePlatform(
  { escape }: DockerfileDocument,
  { flags }: DockerfileInstruction,
  values: ReadonlyMap<string, string | null>,
): { ok: true; value: string | null } | { ok: false; reason: string } {
  const flag = flags.find(({ name }) => name === 'platform');
  if (flag === undefined) return { ok: true, value: null };
  const word = processWord(flag.value ?? '', {
    escape,
    values: new Map([...ownPlatform, ...values]),
  });
  if (!word.ok) return { ok: false, reason: `The platform can't be known: ${word.reason}.` };
  return /^[a-zA-Z0-9_/.-]*$/.test(word.value)
    ? { ok: true, value: word.value === '' ? null : word.value }
    : { ok: false, reason: `"${printable(word.value)}" is no platform.` };
}
