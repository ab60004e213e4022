import type { DockerfileInstruction } from '../document/types.ts';
import { packageSpecSchema, systemPackageSchema } from '../recipe/value-kinds.ts';
import { aptInstall, inputFolder } from '../render/installs.ts';
import { copyOf, runTokensOf } from './instruction-values.ts';
import { type ShellToken, shellTokens } from './shell-tokens.ts';

/** Packages of the first `RUN` that installs them as DS01 does, with `apt-get`. */
export function readSystemPackages(instructions: readonly DockerfileInstruction[]): string[] {
  const shape = aptInstall(['\u0000']).slice('RUN '.length).replaceAll('\\\n', ' ');
  const words = readWords(instructions, shape);
  return words.every((word) => systemPackageSchema.safeParse(word).success) ? words : [];
}

/** Packages of the first `RUN` that begins with a command and goes on with nothing but packages. */
export function readPackages(
  instructions: readonly DockerfileInstruction[],
  installCommand: string,
): string[] {
  const words = readWords(instructions, `${installCommand} \u0000`);
  return words.every((word) => packageSpecSchema.safeParse(word).success) ? words : [];
}

/** Words in the place of the NUL of a shape, in the first `RUN` of that shape that has any. */
function readWords(instructions: readonly DockerfileInstruction[], shape: string): string[] {
  const pattern = shellTokens(shape) ?? [];
  const hole = pattern.findIndex(({ text }) => text === '\u0000');
  const tail = pattern.length - hole - 1;
  for (const instruction of instructions) {
    const tokens = runTokensOf(instruction);
    if (tokens === null || tokens.length < pattern.length) continue;
    const end = tokens.length - tail;
    const fits =
      pattern.slice(0, hole).every((token, index) => same(token, tokens[index])) &&
      pattern.slice(hole + 1).every((token, index) => same(token, tokens[end + index]));
    const words = tokens.slice(hole, end);
    if (fits && words.every(({ kind }) => kind === 'word')) return words.map(({ text }) => text);
  }
  return [];
}

function same(left: ShellToken, right: ShellToken | undefined): boolean {
  return left.kind === right?.kind && left.text === right.text;
}

/** Files of the context that instructions copy to where packages are installed from. */
export function readInputs(instructions: readonly DockerfileInstruction[]): string[] {
  return instructions.flatMap((instruction) => {
    const copy = copyOf(instruction);
    const [path, ...more] = copy?.from ?? [];
    const input = path !== undefined && more.length === 0 && copy?.to === `${inputFolder}/${path}`;
    return input ? [path] : [];
  });
}

/** The path behind `-r` of the first `RUN` that installs a copied requirements file. */
export function readRequirementPath(
  instructions: readonly DockerfileInstruction[],
  installCommand: string,
): string | undefined {
  const [path, ...more] = readWords(instructions, `${installCommand} -r \u0000`);
  const input = more.length === 0 && path?.startsWith(`${inputFolder}/`) === true;
  return input ? path?.slice(inputFolder.length + 1) : undefined;
}
