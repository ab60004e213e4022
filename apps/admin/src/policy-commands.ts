import type { CommandSpec } from '@ds01/command-line';
import type { Runtime } from './runtime.ts';

/** Commands on limits, exemptions and groups. Each that changes something has `changes: true`. */
export const policyCommands: readonly CommandSpec<Runtime>[] = [
  {
    noun: 'limits',
    verb: 'check',
    summary: 'all problems of the limits files and the site settings; also without a daemon',
    operands: '',
    flags: [],
    example: 'ds01-admin limits check',
    load: () => import('./commands/limits-check.ts'),
  },
  {
    noun: 'limits',
    verb: 'explain',
    summary: 'one limit of one user, and the file and line that set it; also without a daemon',
    operands: '<user> <key>',
    flags: [],
    example: 'ds01-admin limits explain alice max_gpu_equivalents',
    load: () => import('./commands/limits-explain.ts'),
  },
];
