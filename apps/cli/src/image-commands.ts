import type { CommandSpec, FlagSpec } from '@ds01/command-line';
import { imageMakeCommands } from './image-make-commands.ts';
import type { Runtime } from './runtime.ts';

const tagFlag: FlagSpec = { flags: '--tag <tag>', description: 'same as NAME:TAG' };

/** Commands that move images to and from registries and people. */
const transferCommands: readonly CommandSpec<Runtime>[] = [
  {
    noun: 'image',
    verb: 'share',
    summary: 'let people and groups use an image of yours, or see who may',
    operands: '[name]',
    flags: [
      { flags: '--with <whom>', description: 'a user, or @ and a group', repeat: true },
      { flags: '--remove', description: 'take it back, from all unless --with says from whom' },
    ],
    example: 'ds01 image share thesis --with carol',
    load: () => import('./commands/image-share.ts'),
  },
  {
    noun: 'image',
    verb: 'push',
    summary: 'send an image to a registry',
    operands: '<name> <target>',
    flags: [],
    example: 'ds01 image push thesis registry.example.org/me/thesis:v1 --dry-run',
    load: () => import('./commands/image-push.ts'),
  },
  {
    noun: 'image',
    verb: 'pull',
    summary: 'fetch an image from a registry, as one of your own',
    operands: '<reference>',
    flags: [{ flags: '--name <name>', description: 'what to call it; default: its last part' }],
    example: 'ds01 image pull registry.example.org/me/thesis:v1 --dry-run',
    load: () => import('./commands/image-pull.ts'),
  },
];

/** Every command on images, in the order of the help. */
export const imageCommands: readonly CommandSpec<Runtime>[] = [
  ...imageMakeCommands,
  {
    noun: 'image',
    verb: 'list',
    aliases: ['ls'],
    summary: 'the images that you may use: your own, and everybody’s',
    operands: '',
    flags: [
      { flags: '-a, --all', description: 'always so; accepted out of habit' },
      { flags: '-s, --size', description: 'always so; accepted out of habit' },
      { flags: '-d, --detailed', description: 'a block for each, with ids' },
    ],
    example: 'ds01 image list',
    load: () => import('./commands/image-list.ts'),
  },
  {
    noun: 'image',
    verb: 'show',
    summary: 'everything about one image',
    operands: '[name]',
    flags: [
      tagFlag,
      { flags: '--dockerfile', description: 'print the Dockerfile that it was built from' },
    ],
    example: 'ds01 image show ds01/busybox',
    load: () => import('./commands/image-show.ts'),
  },
  {
    noun: 'image',
    verb: 'history',
    summary: 'the versions of an image, and the builds that failed',
    operands: '[name]',
    flags: [],
    example: 'ds01 image history thesis',
    load: () => import('./commands/image-history.ts'),
  },
  {
    noun: 'image',
    verb: 'log',
    aliases: ['logs'],
    summary: 'what a build printed',
    operands: '[name]',
    flags: [{ flags: '--build <build>', description: 'of this version; default: the newest' }],
    example: 'ds01 image log thesis',
    load: () => import('./commands/image-log.ts'),
  },
  {
    noun: 'image',
    verb: 'diff',
    summary: 'packages, size and layers of two images beside each other',
    operands: '<image> <other>',
    flags: [],
    example: 'ds01 image diff thesis ds01/busybox',
    load: () => import('./commands/image-diff.ts'),
  },
  {
    noun: 'image',
    verb: 'tag',
    summary: 'keep a version of an image under a name of its own',
    operands: '<name> <tag>',
    flags: [{ flags: '--force', description: 'also when another version has this tag' }],
    example: 'ds01 image tag thesis experiment-42',
    load: () => import('./commands/image-tag.ts'),
  },
  {
    noun: 'image',
    verb: 'rollback',
    summary: 'make an earlier version the one that is used',
    operands: '[name]',
    flags: [{ flags: '--to <tag>', description: 'this one; default: the one before' }],
    example: 'ds01 image rollback thesis --to experiment-42',
    load: () => import('./commands/image-rollback.ts'),
  },
  {
    noun: 'image',
    verb: 'delete',
    aliases: ['remove', 'rm'],
    summary: 'delete images of yours; their Dockerfiles stay',
    operands: '[names...]',
    flags: [
      { flags: '--all', description: 'all your images' },
      { flags: '-f, --force', description: 'also when containers were made from it' },
      { flags: '--tag <tag>', description: 'only this tag' },
      { flags: '--keep-dockerfile', description: 'always so; accepted out of habit' },
    ],
    example: 'ds01 image delete thesis:experiment-42',
    load: () => import('./commands/image-delete.ts'),
  },
  {
    noun: 'image',
    verb: 'prune',
    summary: 'delete your old builds that nothing uses',
    operands: '',
    flags: [{ flags: '--older-than <time>', description: 'only what is older, such as 30d' }],
    example: 'ds01 image prune --older-than 30d',
    load: () => import('./commands/image-prune.ts'),
  },
  {
    noun: 'image',
    verb: 'bases',
    summary: 'base images to begin with, and which this server can run',
    operands: '',
    flags: [{ flags: '--framework <name>', description: 'only of this one, such as pytorch' }],
    example: 'ds01 image bases --framework pytorch',
    load: () => import('./commands/image-bases.ts'),
  },
  ...transferCommands,
  {
    noun: 'image',
    verb: 'sbom',
    summary: 'what is installed in an image, as a bill of materials',
    operands: '[name]',
    flags: [
      { flags: '--format <name>', description: 'spdx (2.3, the default) or cyclonedx (1.5)' },
      tagFlag,
      { flags: '--output <file>', description: 'write it to this file' },
    ],
    example: 'ds01 image sbom ds01/busybox --format spdx',
    load: () => import('./commands/image-sbom.ts'),
  },
];
