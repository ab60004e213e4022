import type { CommandSpec, FlagSpec } from '@ds01/command-line';
import type { Runtime } from './runtime.ts';

/** Which base an image has. */
const baseFlags: readonly FlagSpec[] = [
  { flags: '--base <image>', description: 'image to begin with, such as debian:12' },
  {
    flags: '-f, --framework <name>',
    description: 'begin with the newest base that this server can run: pytorch, tensorflow, ...',
  },
  { flags: '--version <version>', description: 'version of the framework' },
  { flags: '--python <version>', description: 'version of Python, such as 3.12' },
  { flags: '--pin', description: 'write the digest of the base into the Dockerfile' },
];

/** What an image gets besides its base. */
const contentFlags: readonly FlagSpec[] = [
  {
    flags: '-t, --type <use-case>',
    description: 'packages for it: ml, cv, nlp, rl, audio, ts, llm or custom',
  },
  {
    flags: '-p, --packages <names>',
    description: 'Python packages: "torch>=2.1 transformers"',
    repeat: true,
  },
  { flags: '-s, --system <names>', description: 'system packages: "tree htop"', repeat: true },
  {
    flags: '-r, --requirements <file>',
    description: 'install what this file lists; edit it and rebuild',
    repeat: true,
  },
  { flags: '--conda <file>', description: 'environment.yml or an explicit lock' },
  { flags: '--uv', description: 'install what pyproject.toml and uv.lock of the project say' },
  { flags: '--jupyter', description: 'with JupyterLab (the default with --type)' },
  { flags: '--no-jupyter', description: 'without JupyterLab' },
  { flags: '--data-science', description: 'with pandas and the like (the default with --type)' },
  { flags: '--no-data-science', description: 'without them' },
  { flags: '--multi-stage', description: 'install in a stage of its own, for a smaller image' },
];

const dockerfileFlags: readonly FlagSpec[] = [
  { flags: '--dockerfile <file>', description: 'use this Dockerfile; its folder is the context' },
  { flags: '--context <dir>', description: 'folder that COPY and ADD copy from' },
];

/** How an image is built. */
const buildFlags: readonly FlagSpec[] = [
  { flags: '--no-cache', description: 'build every step again' },
  { flags: '--pull', description: 'ask the registry for a newer base' },
  { flags: '--tag <tag>', description: 'a further tag for what is built, such as experiment-42' },
  { flags: '--build-arg <name=value>', description: 'value of an ARG', repeat: true },
  { flags: '--target <stage>', description: 'stage to build; default: the last' },
  { flags: '--network <kind>', description: 'private (the default), or host where allowed' },
];

const noBuild: FlagSpec = { flags: '--no-build', description: 'only write the Dockerfile' };

/** Commands that write Dockerfiles and build images, in the order of the help. */
export const imageMakeCommands: readonly CommandSpec<Runtime>[] = [
  {
    noun: 'image',
    verb: 'create',
    summary: 'write a Dockerfile for a project and build its image',
    operands: '[name]',
    flags: [
      ...baseFlags,
      ...contentFlags,
      ...dockerfileFlags,
      { flags: '--project-dockerfile', description: 'use the Dockerfile of the project' },
      noBuild,
      ...buildFlags,
      {
        flags: '--force',
        description: 'replace a Dockerfile that is there; the old one is kept beside it',
      },
    ],
    example: 'ds01 image create thesis --base ds01/busybox',
    load: () => import('./commands/image-create.ts'),
  },
  {
    noun: 'image',
    verb: 'build',
    summary: 'build an image from its Dockerfile, which stays as it is',
    operands: '[name]',
    flags: [...dockerfileFlags, ...buildFlags],
    example: 'ds01 image build thesis',
    load: () => import('./commands/image-build.ts'),
  },
  {
    noun: 'image',
    verb: 'update',
    summary: 'add packages to an image or take them out, and build it again',
    operands: '[name]',
    flags: [
      { flags: '--add <names>', description: 'Python packages: "timm pandas>=2"', repeat: true },
      { flags: '--remove <names>', description: 'Python packages to take out', repeat: true },
      { flags: '--add-system <names>', description: 'system packages to add', repeat: true },
      {
        flags: '--remove-system <names>',
        description: 'system packages to take out',
        repeat: true,
      },
      {
        flags: '-r, --requirements <file>',
        description: 'install what this file lists, too',
        repeat: true,
      },
      { flags: '--edit', description: 'open the Dockerfile in your editor' },
      { flags: '--rebuild', description: 'build again, changed or not' },
      noBuild,
      ...dockerfileFlags,
      ...buildFlags,
      { flags: '--recreate', description: 'then deploy the container that uses it again' },
      { flags: '--force', description: 'replace a file of requirements that is there' },
    ],
    example: 'ds01 image update thesis --rebuild',
    load: () => import('./commands/image-update.ts'),
  },
  {
    noun: 'image',
    verb: 'install',
    summary: 'add Python packages to the image that a container was made from',
    operands: '<container> <packages...>',
    flags: [noBuild, ...buildFlags, { flags: '--recreate', description: 'deploy it again' }],
    example: 'ds01 image install thesis timm --no-build',
    load: () => import('./commands/image-install.ts'),
  },
  {
    noun: 'image',
    verb: 'lint',
    summary: 'look for mistakes in a Dockerfile',
    operands: '[name]',
    flags: dockerfileFlags,
    example: 'ds01 image lint thesis',
    load: () => import('./commands/image-lint.ts'),
  },
];
