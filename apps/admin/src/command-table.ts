import type { CommandSpec } from '@ds01/command-line';
import type { Runtime } from './runtime.ts';

/** Every command, in the order of the help. */
export const commandTable: readonly CommandSpec<Runtime>[] = [
  {
    noun: null,
    verb: 'containers',
    summary: 'everybody’s running containers, and those that were made without DS01',
    operands: '',
    flags: [
      { flags: '-a, --all', description: 'stopped ones too' },
      { flags: '--user <name>', description: 'only those of this user' },
    ],
    example: 'ds01-admin containers --all',
    load: () => import('./commands/containers.ts'),
  },
  {
    noun: null,
    verb: 'leases',
    summary: 'who has which GPUs, for which container and until when',
    operands: '',
    flags: [],
    example: 'ds01-admin leases',
    load: () => import('./commands/leases.ts'),
  },
  {
    noun: null,
    verb: 'users',
    summary: 'who has what; of one user the containers, leases and limits',
    operands: '[user]',
    flags: [],
    example: 'ds01-admin users alice',
    load: () => import('./commands/users.ts'),
  },
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
  {
    noun: null,
    verb: 'doctor',
    summary: 'check everything that DS01 depends on; also without a daemon',
    operands: '',
    flags: [],
    example: 'ds01-admin doctor',
    load: () => import('./commands/doctor.ts'),
  },
];
