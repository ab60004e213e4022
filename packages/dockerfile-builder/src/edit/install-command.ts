import type { ShellCommand, ShellWord } from '../shell/read-commands.ts';
import { aptValueOptions, plainAptOptions, plainPipOptions, pipValueOptions } from './options.ts';
import { baseName, pythonToolLength, wrapperLength } from './tool-words.ts';

/** A package that a command names. */
export interface PackageWord {
  /** As the installer gets it: `pandas>=2.0`, `vim=2:9.0`. */
  readonly spec: string;
  readonly word: ShellWord;
}

/** A command that installs packages. */
export interface InstallCommand {
  readonly kind: 'python' | 'system';
  readonly packages: readonly PackageWord[];
  /** Values of `-r`; `null` for one that can't be read. */
  readonly files: readonly (string | null)[];
  /** Whether another package may be put behind the last one. */
  readonly plain: boolean;
  /** What stands before the packages, options that change where things come from left out. */
  readonly tool: readonly ShellWord[];
  readonly command: ShellCommand;
  /** Whether it installs anything besides `packages`: files, folders, words with variables. */
  readonly more: boolean;
}

/** Reads a command as one that installs; `null` when it's another one. */
export function readInstall(command: ShellCommand): InstallCommand | null {
  const python = pythonToolLength(command.words);
  if (python !== null) return readPython(command, command.words, python);
  const words = command.words.slice(wrapperLength(command.words));
  const [tool] = words;
  if (tool === undefined || !['apt', 'apt-get'].includes(baseName(tool.value))) return null;
  return readApt(command, words);
}

function readPython(
  command: ShellCommand,
  words: readonly ShellWord[],
  toolLength: number,
): InstallCommand {
  const tool = words.slice(0, toolLength);
  const packages: PackageWord[] = [];
  const files: (string | null)[] = [];
  let plain = tool.every(({ literal }) => literal);
  let more = false;
  for (let at = toolLength; at < words.length; at += 1) {
    const word = words[at];
    if (word === undefined) break;
    const { name, attached } = optionOf(word.value);
    if (name === null) {
      if (word.literal && isSpec(word.value)) packages.push({ spec: word.value, word });
      else more = true;
      continue;
    }
    const takesValue = pipValueOptions.has(name);
    const value = attached ?? (takesValue ? words[at + 1]?.value : undefined);
    const used = takesValue && attached === undefined ? [word, words[at + 1]] : [word];
    if (name === '-r' || name === '--requirement' || name === '--requirements') {
      files.push(used.every((each) => each?.literal) ? (value ?? null) : null);
      more = true;
    } else if (name === '-e' || name === '--editable') more = true;
    if (plainPipOptions.has(name)) tool.push(...used.filter((each) => each !== undefined));
    else plain = false;
    at += used.length - 1;
  }
  plain &&= !more && packages.length > 0 && !isUpgrade(packages, tool);
  return { kind: 'python', packages, files, plain, tool, command, more };
}

/** Whether a command only brings pip and its like up to date; packages have no business there. */
function isUpgrade(packages: readonly PackageWord[], tool: readonly ShellWord[]): boolean {
  const upgrades = tool.some(({ value }) => value === '-U' || value === '--upgrade');
  return packages.every(({ spec }) =>
    (upgrades ? /^(pip|setuptools|wheel|uv)\b/i : /^(pip|uv)\b/i).test(spec),
  );
}

/** Whether a word is a package of an index or with an address, not a folder or file of the image. */
const isSpec = (value: string): boolean =>
  /^[A-Za-z0-9]/.test(value) && (/[@:]/.test(value) || !/\/|\.(whl|zip|tar\.gz|txt)$/.test(value));

function readApt(command: ShellCommand, words: readonly ShellWord[]): InstallCommand | null {
  const packages: PackageWord[] = [];
  let verb: string | null = null;
  let plain = true;
  let more = false;
  const tool: ShellWord[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at];
    if (word === undefined) break;
    const { name, attached } = optionOf(word.value);
    if (name !== null) {
      if (!plainAptOptions.has(name)) plain = false;
      if (aptValueOptions.has(name) && attached === undefined) at += 1;
    } else if (at > 0 && verb === null) verb = word.value;
    else if (verb !== null && word.literal && !word.value.includes('/')) {
      packages.push({ spec: word.value, word });
    } else if (verb !== null) more = true;
  }
  if (verb !== 'install') return null;
  plain &&= !more && packages.length > 0;
  return { kind: 'system', packages, files: [], plain, tool, command, more };
}

function optionOf(value: string): { name: string | null; attached: string | undefined } {
  if (!value.startsWith('-') || value === '-') return { name: null, attached: undefined };
  if (value.startsWith('--')) {
    const equals = value.indexOf('=');
    return equals === -1
      ? { name: value, attached: undefined }
      : { name: value.slice(0, equals), attached: value.slice(equals + 1) };
  }
  const short = value.slice(0, 2);
  return value.length > 2 && (pipValueOptions.has(short) || aptValueOptions.has(short))
    ? { name: short, attached: value.slice(2) }
    : { name: value, attached: undefined };
}
