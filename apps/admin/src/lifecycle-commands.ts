import type { CommandSpec } from '@ds01/command-line';
import { reasonFlag } from './act-commands.ts';
import type { Runtime } from './runtime.ts';

/** Commands on the rules of the life of containers. Each that changes something has `changes: true`. */
export const lifecycleCommands: readonly CommandSpec<Runtime>[] = [
  {
    noun: 'lifecycle',
    verb: 'plan',
    summary: 'what the rules would do until a moment if nobody did anything',
    operands: '',
    flags: [{ flags: '--at <moment>', description: 'until then (default: +1h)' }],
    example: 'ds01-admin lifecycle plan --at +2h',
    load: () => import('./commands/lifecycle-plan.ts'),
  },
  {
    noun: 'lifecycle',
    verb: 'run',
    summary: 'look and act now, instead of when the time comes',
    operands: '',
    flags: [
      {
        flags: '--rule <rule>',
        description: 'idle, max-runtime, gpu-hold, container-hold or never-started alone',
      },
    ],
    example: 'ds01-admin lifecycle run --dry-run',
    changes: true,
    load: () => import('./commands/lifecycle-run.ts'),
  },
  {
    noun: 'lifecycle',
    verb: 'pause',
    summary: 'let no rule act until a moment, or let them act again',
    operands: '',
    flags: [
      { flags: '--until <moment>', description: '+2h, 18:00, 2026-12-01' },
      { flags: '--off', description: 'the rules act again' },
      reasonFlag,
    ],
    example: 'ds01-admin lifecycle pause --until 18:00',
    changes: true,
    load: () => import('./commands/lifecycle-pause.ts'),
  },
  {
    noun: 'lifecycle',
    verb: 'status',
    summary: 'when each rule looked last, and whether they act',
    operands: '',
    flags: [],
    example: 'ds01-admin lifecycle status',
    load: () => import('./commands/lifecycle-status.ts'),
  },
];
