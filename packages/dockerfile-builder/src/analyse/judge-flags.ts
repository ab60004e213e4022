import type {
  DockerfileDocument,
  DockerfileInstruction,
  DockerfileProblem,
} from '../document/types.ts';
import { instructionFlags } from './keywords.ts';
import { problemAt } from './problems.ts';
import { printable } from './resolve-image.ts';

const mayRepeat = new Set(['mount', 'exclude', 'device']);

/** Why an instruction's keyword or flags can't be judged; at most one problem. */
export function judgeFlags(
  document: DockerfileDocument,
  instruction: DockerfileInstruction,
): DockerfileProblem[] {
  const { keyword, flags } = instruction;
  const known = instructionFlags.get(keyword);
  if (known === undefined) {
    return [
      problemAt(document, instruction, {
        code: 'dockerfile.unknown-instruction',
        message: `"${printable(keyword)}" is no instruction.`,
        hint: 'If it goes on with the line above, that line has to end in the escape character.',
      }),
    ];
  }
  const seen = new Set<string>();
  for (const { name, value, plain, start } of flags) {
    const refuse = (message: string) => [
      problemAt(document, instruction, {
        code: 'dockerfile.flag',
        message,
        hint: `${keyword} takes ${known.length === 0 ? 'no flags' : known.map((flag) => `--${flag}=`).join(', ')}.`,
        at: start,
      }),
    ];
    if (!known.includes(name)) return refuse(`${keyword} has no flag "--${printable(name)}".`);
    if (!plain) return refuse(`Write --${name} without quotes, escapes and special characters.`);
    if (seen.has(name) && !mayRepeat.has(name)) return refuse(`--${name} is there twice.`);
    if (value === '' || (value === null && name !== 'link' && name !== 'parents')) {
      if (!booleans.has(name)) return refuse(`--${name} needs a value behind "=".`);
    }
    seen.add(name);
  }
  return [];
}

const booleans = new Set(['link', 'parents', 'keep-git-dir', 'unpack']);
