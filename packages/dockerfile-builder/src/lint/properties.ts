import { DockerfileParser, PropertyInstruction } from 'dockerfile-ast';
import type { DockerfileInstruction } from '../document/types.ts';

/** A name that an ENV or ARG sets. */
export interface InstructionProperty {
  readonly name: string;
  /** `null` when it has none. */
  readonly value: string | null;
  /** Where the name stands in the instruction's logical text. */
  readonly at: number;
}

/** What an ENV or ARG sets; nothing for other instructions. */
export function propertiesOf({ logical, keyword }: DockerfileInstruction): InstructionProperty[] {
  if (keyword !== 'ENV' && keyword !== 'ARG') return [];
  const [instruction] = DockerfileParser.parse(logical.text).getInstructions();
  if (!(instruction instanceof PropertyInstruction)) return [];
  return instruction.getProperties().map((property) => ({
    name: property.getName(),
    value: property.getValue(),
    at: property.getNameRange().start.character,
  }));
}
