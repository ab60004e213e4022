import type { CommandSpec } from '@ds01/command-line';
import { reasonFlag } from './act-commands.ts';
import type { Runtime } from './runtime.ts';

/** Commands on people. Each that changes something has `changes: true`. */
export const peopleCommands: readonly CommandSpec<Runtime>[] = [
  {
    noun: null,
    verb: 'extensions',
    summary: 'who asks for more runtime than they may give themselves',
    operands: '',
    flags: [],
    example: 'ds01-admin extensions',
    load: () => import('./commands/extensions.ts'),
  },
  {
    noun: 'user',
    verb: 'extend',
    summary: 'grant a user’s container more runtime, or refuse it',
    operands: '<user> <container>',
    flags: [
      { flags: '--by <duration>', description: 'how much; what was asked for when left out' },
      { flags: '--refuse', description: 'refuse what was asked for' },
      reasonFlag,
    ],
    example: 'ds01-admin user extend alice thesis --by 6h',
    changes: true,
    load: () => import('./commands/user-extend.ts'),
  },
  {
    noun: 'user',
    verb: 'offboard',
    summary: 'remove a user’s containers, leases and images, and tell what stays',
    operands: '<user>',
    flags: [{ flags: '--keep-images', description: 'leave the images' }, reasonFlag],
    example: 'ds01-admin user offboard alice --dry-run',
    changes: true,
    load: () => import('./commands/user-offboard.ts'),
  },
];
