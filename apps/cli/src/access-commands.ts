import type { CommandSpec } from '@ds01/command-line';
import { newTokenFlags } from '@ds01/command-line/tokens';
import type { Runtime } from './runtime.ts';

/** Commands on tokens, and on servers that are elsewhere. */
export const accessCommands: readonly CommandSpec<Runtime>[] = [
  {
    noun: 'token',
    verb: 'create',
    summary: 'make a token for programs or another machine; its secret is shown once',
    operands: '<name>',
    flags: newTokenFlags,
    example: 'ds01 token create laptop',
    load: () => import('./commands/token-create.ts'),
  },
  {
    noun: 'token',
    verb: 'list',
    aliases: ['ls'],
    summary: 'your tokens: what they may do, until when, and when they were used',
    operands: '',
    flags: [{ flags: '-a, --all', description: 'those that ended, too' }],
    example: 'ds01 token list',
    load: () => import('./commands/token-list.ts'),
  },
  {
    noun: 'token',
    verb: 'rotate',
    summary: 'give a token another secret; the old one ends at once',
    operands: '<token>',
    flags: [],
    example: 'ds01 token rotate laptop',
    load: () => import('./commands/token-rotate.ts'),
  },
  {
    noun: 'token',
    verb: 'revoke',
    aliases: ['rm'],
    summary: 'end a token, and what was begun with it',
    operands: '<token>',
    flags: [],
    example: 'ds01 token revoke laptop',
    load: () => import('./commands/token-revoke.ts'),
  },
  {
    noun: null,
    verb: 'login',
    summary: 'use a server from another machine, with a token of yours there',
    operands: '<url>',
    flags: [
      { flags: '--token-file <file>', description: 'where the secret stands; - is the input' },
      { flags: '--ca <file>', description: 'certificates to check the server against' },
    ],
    example: 'ds01 login https://gpu.example.org:7443',
    load: () => import('./commands/login.ts'),
  },
  {
    noun: null,
    verb: 'logout',
    summary: 'forget the token of a server; there it goes on to count',
    operands: '[url]',
    flags: [],
    example: 'ds01 logout',
    load: () => import('./commands/logout.ts'),
  },
];
