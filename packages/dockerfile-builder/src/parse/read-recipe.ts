import type { DockerfileInstruction } from '../document/types.ts';
import { authorLabel, createdLabel } from '../recipe/recipe-rules.ts';
import type { Recipe, RecipeInput } from '../recipe/recipe-schema.ts';
import {
  condaFile,
  type Installation,
  installProject,
  makeEnvironment,
  groupsCommand,
  pythonCommand,
} from '../render/installs.ts';
import { registerKernel } from '../render/configuration.ts';
import { sectionNames as names } from '../render/sections.ts';
import { meansText } from './instruction-values.ts';
import { readBase, readOwner, type RecordedLabels } from './read-base.ts';
import { readCommands, readCopies, readStart, readVariables } from './read-configuration.ts';
import {
  readInputs,
  readPackages,
  readRequirementPath,
  readSystemPackages,
} from './read-installs.ts';
import type { ReadSection } from './read-sections.ts';

type Instructions = readonly DockerfileInstruction[];

/** What DS01's parts of a Dockerfile say, unchecked; `undefined` when its base can't be known. */
export function readRecipe(
  sections: readonly ReadSection[],
  labels: RecordedLabels,
): RecipeInput | undefined {
  const of = (name: string): DockerfileInstruction[] =>
    sections.filter((section) => section.name === name).flatMap(({ instructions }) => instructions);
  const base = readBase(of(names.base), labels);
  if (base === undefined) return undefined;
  const installation = readInstallation(of, labels);
  const project = labels.get('ds01.project') ?? '';
  return {
    ...installation,
    base,
    project,
    author: labels.get(authorLabel) ?? null,
    createdAt: labels.get(createdLabel) ?? null,
    useCase: labels.get('ds01.use-case') ?? null,
    systemPackages: readSystemPackages(of(names.system)),
    buildPackages: readSystemPackages(of(names.build)),
    pyproject: readProject(of(names.project), installation),
    requirementFiles: sections
      .filter(({ name }) => name === names.requirements)
      .flatMap(({ instructions }) => readRequirements(instructions, installation)),
    groups: readGroups(sections, installation),
    packages: readPackages(of(names.additional), pythonCommand(installation)),
    jupyter: of(names.jupyter).some((step) => meansText(step, registerKernel(project))),
    env: readVariables(of(names.variables)),
    labels: ownLabels(labels),
    copy: readCopies(of(names.files)),
    commands: readCommands(of(names.commands)),
    entrypoint: readStart(of(names.start), 'ENTRYPOINT'),
    command: readStart(of(names.start), 'CMD'),
    owner: readOwner(labels),
  };
}

function readInstallation(
  of: (name: string) => Instructions,
  labels: RecordedLabels,
): Installation {
  const installer = labels.get('ds01.installer');
  const settings: Installation = {
    installer: installer === 'uv' || installer === 'conda' ? installer : 'pip',
    multiStage: of(names.builder).length > 0,
    constraintFiles: readInputs(of(names.constraints)),
    conda: null,
  };
  const [file] = readInputs(of(names.conda));
  if (file === undefined) return settings;
  const steps = [...of(names.conda), ...of(names.environment)];
  const conda = (['environment', 'explicit'] as const)
    .map((kind) => ({ ...settings, conda: { file, kind } }))
    .find((candidate) => {
      const step = settings.multiStage
        ? makeEnvironment(candidate)
        : condaFile(candidate, candidate.conda);
      return steps.some((instruction) => meansText(instruction, step));
    });
  return conda ?? settings;
}

function readProject(instructions: Instructions, installation: Installation): Recipe['pyproject'] {
  const [file, lock = null] = readInputs(instructions);
  if (file === undefined) return null;
  const project = { file, lock };
  const step = installProject(installation, project);
  return instructions.some((instruction) => meansText(instruction, step)) ? project : null;
}

function readRequirements(
  instructions: Instructions,
  installation: Installation,
): Recipe['requirementFiles'] {
  const path = readRequirementPath(instructions, pythonCommand(installation));
  const [first, ...includes] = readInputs(instructions);
  return path !== undefined && path === first ? [{ path, includes }] : [];
}

function readGroups(
  sections: readonly ReadSection[],
  installation: Installation,
): Recipe['groups'] {
  const prefix = `${names.group} `;
  const groups = new Map<string, string[]>();
  for (const { name, instructions } of sections) {
    const group = name.slice(prefix.length);
    if (!name.startsWith(prefix) || name === names.result || groups.has(group)) continue;
    const packages = readPackages(instructions, groupsCommand(installation));
    if (packages.length > 0) groups.set(group, packages);
  }
  return [...groups].map(([name, packages]) => ({ name, packages }));
}

function ownLabels(labels: RecordedLabels): Record<string, string> {
  const own = [...labels].filter(
    ([key]) => !key.startsWith('ds01.') && key !== authorLabel && key !== createdLabel,
  );
  return Object.fromEntries(own);
}
