import type { DockerfileInstruction } from '../document/types.ts';
import {
  commandSchema,
  fitsRunLine,
  type RecipeCommand,
  wrappedCommand,
} from '../recipe/command.ts';
import type { Recipe } from '../recipe/recipe-schema.ts';
import { assignmentsOf, bodyOf, copyOf, execWordsOf } from './instruction-values.ts';

type Instructions = readonly DockerfileInstruction[];

/** Variables of `ENV`s whose values can be known. */
export function readVariables(instructions: Instructions): Record<string, string> {
  const known = instructions
    .filter(({ keyword }) => keyword === 'ENV')
    .flatMap((instruction) => assignmentsOf(instruction) ?? []);
  return Object.fromEntries(known);
}

/** Plain `COPY`s from the context. */
export function readCopies(instructions: Instructions): Recipe['copy'] {
  return instructions.flatMap((instruction) => copyOf(instruction) ?? []);
}

/** `RUN`s that a recipe can hold: no flags, no here-documents. */
export function readCommands(instructions: Instructions): RecipeCommand[] {
  return instructions.flatMap((instruction) => {
    const { keyword, flags, heredocs } = instruction;
    if (keyword !== 'RUN' || flags.length > 0 || heredocs.length > 0) return [];
    const command = commandOf(instruction);
    return commandSchema.safeParse(command).success ? [command] : [];
  });
}

function commandOf(instruction: DockerfileInstruction): RecipeCommand {
  const words = execWordsOf(instruction);
  if (words === null) return bodyOf(instruction);
  const wrapped = wrappedCommand(words);
  return wrapped === undefined || fitsRunLine(wrapped) ? words : wrapped;
}

/** Words of the last instruction of a kind, in JSON form; `null` without. */
export function readStart(instructions: Instructions, keyword: string): string[] | null {
  const last = instructions.findLast((instruction) => instruction.keyword === keyword);
  return last === undefined ? null : execWordsOf(last);
}
