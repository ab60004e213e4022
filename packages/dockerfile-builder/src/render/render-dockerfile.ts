import { recipeSchema, type Recipe } from '../recipe/recipe-schema.ts';
import { configuration } from './configuration.ts';
import {
  aptInstall,
  builderStage,
  condaFile,
  copyInput,
  environmentFolder,
  groupsCommand,
  installPackages,
  installProject,
  installRequirements,
  makeEnvironment,
  pythonCommand,
  uvInstall,
} from './installs.ts';
import { sectionNames as names, sectionText, type Section } from './sections.ts';

/**
 * The Dockerfile of a recipe, for the classic builder. The same recipe always gives the same text.
 * Layers go from what changes least to what changes most, so that a changed package rebuilds one
 * layer and those after it. Throws for what `recipeSchema` refuses.
 */
export function renderDockerfile(recipe: Recipe): string {
  const checked = recipeSchema.parse(recipe);
  const python = pythonSections(checked);
  const stages = checked.multiStage
    ? [...builderHead(checked), ...python, ...finalHead(checked)]
    : [...finalHead(checked), ...python];
  const sections = [...stages, ...configuration(checked)];
  const head = [
    `# Image of ${checked.project}, made from a recipe of DS01. Edit it as you like:`,
    '# DS01 changes only what is below its own "ds01:" comments.',
    '',
  ];
  return `${head.join('\n')}${sections.map(sectionText).join('')}`;
}

/** What every stage begins with: Debian's pip refuses to install beside apt's packages otherwise. */
function stageHead({ base, installer }: Recipe, stage?: string): string[] {
  const image = base.digest === null ? base.image : `${base.image}@${base.digest}`;
  const settings = ['PIP_BREAK_SYSTEM_PACKAGES=1', 'PIP_ROOT_USER_ACTION=ignore'];
  if (installer === 'uv') settings.push('UV_BREAK_SYSTEM_PACKAGES=1');
  return [
    `FROM ${image}${stage === undefined ? '' : ` AS ${stage}`}`,
    'USER root',
    `ENV ${settings.join(' ')}`,
  ];
}

function builderHead(recipe: Recipe): Section[] {
  const build = recipe.buildPackages.length > 0 ? [aptInstall(recipe.buildPackages)] : [];
  return [
    { name: names.builder, instructions: stageHead(recipe, builderStage) },
    { name: names.build, instructions: build },
  ];
}

function finalHead(recipe: Recipe): Section[] {
  const system = recipe.systemPackages.length > 0 ? [aptInstall(recipe.systemPackages)] : [];
  const sections = [
    { name: names.base, instructions: stageHead(recipe) },
    { name: names.system, instructions: system },
  ];
  if (!recipe.multiStage) return sections;
  const copy = `COPY --from=${builderStage} ${environmentFolder} ${environmentFolder}`;
  const path = `ENV VIRTUAL_ENV=${environmentFolder} PATH=${environmentFolder}/bin:$PATH`;
  return [...sections, { name: names.result, instructions: [copy, path] }];
}

function pythonSections(recipe: Recipe): Section[] {
  const { conda, pyproject } = recipe;
  const sections: Section[] = [];
  if (recipe.installer === 'uv' || (pyproject !== null && pyproject.lock !== null)) {
    sections.push({ name: names.installer, instructions: [uvInstall] });
  }
  if (conda !== null) {
    const install = recipe.multiStage ? [] : [condaFile(recipe, conda)];
    sections.push({ name: names.conda, instructions: [copyInput(conda.file), ...install] });
  }
  if (recipe.multiStage) {
    sections.push({ name: names.environment, instructions: [makeEnvironment(recipe)] });
  }
  if (recipe.constraintFiles.length > 0) {
    const instructions = recipe.constraintFiles.map(copyInput);
    sections.push({ name: names.constraints, instructions });
  }
  if (pyproject !== null) {
    const files = pyproject.lock === null ? [pyproject.file] : [pyproject.file, pyproject.lock];
    const instructions = [...files.map(copyInput), installProject(recipe, pyproject)];
    sections.push({ name: names.project, instructions });
  }
  for (const { path, includes } of recipe.requirementFiles) {
    const copies = [path, ...includes].map(copyInput);
    const instructions = [...copies, installRequirements(recipe, path)];
    sections.push({ name: names.requirements, instructions });
  }
  for (const { name, packages } of recipe.groups) {
    const instructions = [installPackages(groupsCommand(recipe), packages)];
    sections.push({ name: `${names.group} ${name}`, instructions });
  }
  const more = installPackages(pythonCommand(recipe), recipe.packages);
  const instructions = recipe.packages.length > 0 ? [more] : [];
  return [...sections, { name: names.additional, instructions }];
}
