import { fitsRunLine, shellWrapper } from '../recipe/command.ts';
import type { Recipe } from '../recipe/recipe-schema.ts';
import { accountCommand, homeOf } from './account.ts';
import { recipeLabels } from './labels.ts';
import { copyWords, dockerfileValue, jsonWords } from './quoting.ts';
import { sectionNames as names, type Section } from './sections.ts';

/** What stands behind the packages: it changes often, and is cheap. */
export function configuration(recipe: Recipe): Section[] {
  const { entrypoint, command } = recipe;
  const env = Object.entries(recipe.env).toSorted(byName);
  const assignments = env.map(([name, value]) => `${name}=${dockerfileValue(value)}`);
  const start: string[] = [];
  if (entrypoint !== null) start.push(`ENTRYPOINT ${jsonWords(entrypoint)}`);
  if (command !== null) start.push(`CMD ${jsonWords(command)}`);
  const sections = [
    { name: names.variables, instructions: assignments.map((text) => `ENV ${text}`) },
    { name: names.files, instructions: recipe.copy.map(copyRule) },
    { name: names.commands, instructions: recipe.commands.map(runCommand) },
    { name: names.jupyter, instructions: recipe.jupyter ? [registerKernel(recipe.project)] : [] },
    { name: names.labels, instructions: [recipeLabels(recipe)] },
    { name: names.runtime, instructions: account(recipe) },
    { name: names.start, instructions: start },
  ];
  return sections.filter(({ instructions }) => instructions.length > 0);
}

function byName([left]: readonly [string, string], [right]: readonly [string, string]): number {
  return left < right ? -1 : 1;
}

function copyRule({ from, to }: Recipe['copy'][number]): string {
  return `COPY ${copyWords(from, to)}`;
}

function runCommand(command: Recipe['commands'][number]): string {
  if (typeof command !== 'string') return `RUN ${jsonWords(command)}`;
  return fitsRunLine(command) ? `RUN ${command}` : `RUN ${jsonWords([...shellWrapper, command])}`;
}

/** `RUN` that registers a kernel. It is for everybody of the image; a base without ipykernel does without. */
export function registerKernel(project: string): string {
  return [
    "RUN if python3 -c 'import ipykernel' 2> /dev/null;",
    `    then python3 -m ipykernel install --sys-prefix --name ${project} --display-name ${project};`,
    '    fi',
  ].join(' \\\n');
}

function account({ owner, env }: Recipe): string[] {
  const cache = '/workspace/.cache';
  const settings = Object.entries({
    PYTHONUNBUFFERED: '1',
    CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
    XDG_CACHE_HOME: cache,
    HF_HOME: `${cache}/huggingface`,
    TORCH_HOME: `${cache}/torch`,
    MPLCONFIGDIR: `${cache}/matplotlib`,
  }).filter(([name]) => env[name] === undefined);
  const words = settings.map(([name, value]) => `${name}=${value}`);
  if (owner === null) return [...environment(words), 'WORKDIR /workspace'];
  const home = homeOf(owner);
  return [
    `RUN ${accountCommand(owner)}`,
    ...environment([`HOME=${home}`, `PATH=${home}/.local/bin:$PATH`, ...words]),
    'WORKDIR /workspace',
    `USER ${String(owner.uid)}:${String(owner.gid)}`,
  ];
}

function environment(words: readonly string[]): string[] {
  return words.length === 0 ? [] : [`ENV ${words.join(' \\\n    ')}`];
}
