import type { CommandSpec } from '@ds01/command-line';
import { newTokenFlags } from '@ds01/command-line/tokens';
import type { Runtime } from './runtime.ts';

/** Commands on everybody's tokens. Each that changes something has `changes: true`. */
export const tokenCommands: readonly CommandSpec<Runtime>[] = [
  {
    noun: 'token',
    verb: 'list',
    summary: 'everybody’s tokens: what they may do, until when, and when they were used',
    operands: '[user]',
    flags: [{ flags: '-a, --all', description: 'those that ended, too' }],
    example: 'ds01-admin token list',
    load: () => import('./commands/token-list.ts'),
  },
  {
    noun: 'token',
    verb: 'create',
    summary: 'make a token for a user, or with --scope metrics one for a monitoring system',
    operands: '<user> <name>',
    flags: newTokenFlags,
    example: 'ds01-admin token create alice prometheus --scope metrics',
    changes: true,
    load: () => import('./commands/token-create.ts'),
  },
  {
    noun: 'token',
    verb: 'revoke',
    summary: 'end anybody’s token, and what was begun with it',
    operands: '<token>',
    flags: [],
    example: 'ds01-admin token revoke laptop',
    changes: true,
    load: () => import('./commands/token-revoke.ts'),
  },
  {
    noun: 'token',
    verb: 'rotate',
    summary: 'give anybody’s token another secret; the old one ends at once',
    operands: '<token>',
    flags: [],
    example: 'ds01-admin token rotate laptop',
    changes: true,
    load: () => import('./commands/token-rotate.ts'),
  },
];
