import type { Recipe } from '../recipe/recipe-schema.ts';
import { copyWords, multiLine, shellWord } from './quoting.ts';

/** What of a recipe says how packages are installed. */
export type Installation = Pick<Recipe, 'installer' | 'multiStage' | 'constraintFiles' | 'conda'>;

/** Where files that packages are installed from lie in the image, by their path in the context. */
export const inputFolder = '/tmp/ds01';
/** Where a multi-stage image has its Python environment. */
export const environmentFolder = '/opt/venv';
/** Name of the stage that builds it. */
export const builderStage = 'ds01-builder';

/** `COPY` of files of the context to where packages are installed from. */
export function copyInput(path: string): string {
  return `COPY ${copyWords([path], inputPath(path))}`;
}

/** Where a file of the context is copied to; folders are kept, so that `-r ../base.txt` holds. */
export function inputPath(path: string): string {
  return `${inputFolder}/${path}`;
}

/** `apt-get install`, with its lists and caches gone in the same layer. */
export function aptInstall(packages: readonly string[]): string {
  const install = 'DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends';
  return [
    'RUN apt-get update',
    multiLine(
      `    && ${install}`,
      packages.map((name) => `    ${shellWord(name)}`),
    ),
    // Not every base cleans up after apt: its caches alone may have 70 MB.
    '    && apt-get clean',
    '    && rm -rf /var/lib/apt/lists/*',
  ].join(' \\\n');
}

/** `RUN` that installs a block of packages with a command. */
export function installPackages(command: string, packages: readonly string[]): string {
  return multiLine(`RUN ${command}`, packages.map(shellWord));
}

/** The command that installs groups, without their packages. */
export function groupsCommand(recipe: Installation): string {
  return recipe.installer === 'conda' ? condaInstall(recipe) : pythonCommand(recipe);
}

/** `RUN` that installs what a requirements file in the image names. */
export function installRequirements(recipe: Installation, path: string): string {
  return `RUN ${pythonCommand(recipe)} -r ${shellWord(inputPath(path))}`;
}

/** The command that installs from a Python index, also where conda installs the groups. */
export function pythonCommand(recipe: Installation): string {
  const constraints = recipe.constraintFiles.flatMap((path) => ['-c', shellWord(inputPath(path))]);
  return [...installer(recipe), ...constraints].join(' ');
}

function installer({ installer: tool, multiStage }: Installation): readonly string[] {
  const python = `${environmentFolder}/bin/python`;
  if (tool === 'uv') {
    const target = multiStage ? ['--python', python] : ['--system'];
    return ['uv', 'pip', 'install', ...target, '--no-cache'];
  }
  const pip = multiStage ? [python, '-m', 'pip'] : ['pip'];
  return [...pip, 'install', '--no-cache-dir'];
}

/** `RUN` that makes uv available, as bases rarely have it. */
export const uvInstall = 'RUN command -v uv > /dev/null || pip install --no-cache-dir uv';

const condaTool =
  '"$(command -v micromamba || command -v mamba || command -v conda || echo /opt/conda/bin/conda)"';

function condaInstall(recipe: Installation): string {
  const target = recipe.multiStage ? `-p ${environmentFolder}` : '-n base';
  return `${condaTool} install -y ${target} -c conda-forge`;
}

/** `RUN` that makes the environment of a multi-stage image. */
export function makeEnvironment(recipe: Installation): string {
  if (recipe.conda !== null) return condaFile(recipe, recipe.conda);
  if (recipe.installer === 'conda') {
    return `RUN ${condaTool} create -y -p ${environmentFolder} -c conda-forge python pip`;
  }
  return `RUN python3 -m venv --system-site-packages --without-pip ${environmentFolder}`;
}

/** `RUN` that installs a conda environment file or an explicit lock. */
export function condaFile(recipe: Installation, conda: NonNullable<Recipe['conda']>): string {
  const file = shellWord(inputPath(conda.file));
  if (conda.kind === 'explicit') {
    const what = recipe.multiStage ? `create -y -p ${environmentFolder}` : 'install -y -n base';
    return `RUN ${condaTool} ${what} --file ${file}`;
  }
  const [micromamba, others] = recipe.multiStage
    ? [`create -y -p ${environmentFolder}`, `env create -p ${environmentFolder}`]
    : ['install -y -n base', 'env update -n base'];
  return [
    'RUN if command -v micromamba > /dev/null;',
    `    then micromamba ${micromamba} -f ${file};`,
    `    else ${condaTool} ${others} -f ${file};`,
    '    fi',
  ].join(' \\\n');
}

const dependenciesOf = [
  'import importlib.util as u, sys',
  'n = "tomllib" if u.find_spec("tomllib") else "pip._vendor.tomli"',
  't = __import__(n, fromlist=["load"])',
  String.raw`print(*t.load(open(sys.argv[1], "rb"))["project"].get("dependencies", []), sep="\n")`,
].join('; ');

/** `RUN` that installs the dependencies of a `pyproject.toml`, as locked when there is a lock. */
export function installProject(
  recipe: Installation,
  project: NonNullable<Recipe['pyproject']>,
): string {
  const list = `${inputFolder}/pyproject.requirements.txt`;
  const install = `${pythonCommand(recipe)} -r ${list}`;
  const file = shellWord(inputPath(project.file));
  if (project.lock !== null) {
    const folder = shellWord(inputPath(project.file).replace(/\/[^/]*$/, ''));
    const what = `uv export --quiet --frozen --no-dev --no-emit-project --directory ${folder}`;
    return [`RUN ${what} --output-file ${list}`, `    && ${install}`].join(' \\\n');
  }
  const read = `python3 -c ${shellWord(dependenciesOf)} ${file} > ${list}`;
  return [`RUN ${read}`, `    && ${install}`].join(' \\\n');
}
