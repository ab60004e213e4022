import { commonFlags, type Program } from '@ds01/command-line';
import { commandTable } from './command-table.ts';
import type { Runtime } from './runtime.ts';
import { version } from './version.ts';

/** `ds01` as people see it. */
export const program: Program<Runtime> = {
  name: 'ds01',
  description: 'GPU containers on a shared server',
  version,
  commands: commandTable,
  commonFlags,
  helpNames: {
    help: null,
    commands: null,
    aliases: 'names',
    'alias-list': 'names',
    'container exit': 'leaving',
  },
  topics: async () => (await import('./topics.ts')).topics,
  lessons: async () => (await import('./guided/lessons.ts')).lessons,
  welcome: {
    noun: null,
    verb: 'ds01',
    summary: 'be asked what you want',
    operands: '',
    flags: [],
    example: 'ds01',
    load: () => import('./commands/welcome.ts'),
  },
};
