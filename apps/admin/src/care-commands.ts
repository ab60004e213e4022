import type { CommandSpec } from '@ds01/command-line';
import type { Runtime } from './runtime.ts';

/** Commands that keep the installation well. Each that changes something has `changes: true`. */
export const careCommands: readonly CommandSpec<Runtime>[] = [
  {
    noun: null,
    verb: 'doctor',
    summary: 'check everything that DS01 depends on; also without a daemon',
    operands: '',
    flags: [
      {
        flags: '--fix',
        description: 'mend what can be mended without asking anybody; --dry-run shows what',
      },
    ],
    changes: true,
    changesWith: 'fix',
    example: 'ds01-admin doctor',
    load: () => import('./commands/doctor.ts'),
  },
];
