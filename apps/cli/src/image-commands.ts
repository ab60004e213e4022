import type { CommandSpec } from '@ds01/command-line';
import { notYet } from './later-commands.ts';
import type { Runtime } from './runtime.ts';

/** Every command on images, in the order of the help. */
export const imageCommands: readonly CommandSpec<Runtime>[] = [
  notYet('image', 'create', 'build an image of your own'),
  notYet('image', 'build', 'build an image from a Dockerfile'),
  notYet('image', 'update', 'add packages to an image'),
  notYet('image', 'install', 'install packages and keep them'),
  notYet('image', 'lint', 'look for mistakes in a Dockerfile'),
  {
    noun: 'image',
    verb: 'list',
    aliases: ['ls'],
    summary: 'the images that you may use: your own, and everybody’s',
    operands: '',
    flags: [
      { flags: '-a, --all', description: 'always so; accepted out of habit' },
      { flags: '-s, --size', description: 'always so; accepted out of habit' },
      { flags: '-d, --detailed', description: 'tags, ids and who shares them, too' },
    ],
    example: 'ds01 image list',
    load: () => import('./commands/image-list.ts'),
  },
];
