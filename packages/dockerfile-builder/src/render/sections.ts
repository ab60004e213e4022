/** How a comment begins that says which of DS01's parts follows. */
export const markerPrefix = '# ds01: ';

/** What the parts are called after {@link markerPrefix}; `packages` is followed by a block's name. */
export const sectionNames = {
  builder: 'builder',
  build: 'build packages',
  base: 'base',
  system: 'system packages',
  result: 'packages from the builder',
  installer: 'installer',
  environment: 'environment',
  constraints: 'constraints',
  conda: 'conda',
  project: 'project file',
  requirements: 'requirements',
  group: 'packages',
  additional: 'additional packages',
  variables: 'variables',
  files: 'files',
  commands: 'commands',
  jupyter: 'jupyter',
  runtime: 'runtime',
  labels: 'labels',
  start: 'start',
} as const;

/** A part of a Dockerfile: its marker and the instructions below it. */
export interface Section {
  readonly name: string;
  readonly instructions: readonly string[];
}

/** Writes sections, each after an empty line. */
export function sectionText({ name, instructions }: Section): string {
  return ['', `${markerPrefix}${name}`, ...instructions, ''].join('\n');
}
