import type { CommandSpec } from '@ds01/command-line';
import { reasonFlag } from './act-commands.ts';
import type { Runtime } from './runtime.ts';

/** Commands on the queue for GPUs. A waiting request is named by its id, or as `alice/thesis`. */
export const queueCommands: readonly CommandSpec<Runtime>[] = [
  {
    noun: 'queue',
    verb: 'list',
    summary: 'who waits for GPUs and why, what each person used, what is held and reserved',
    operands: '',
    flags: [],
    example: 'ds01-admin queue list',
    load: () => import('./commands/queue-list.ts'),
  },
  {
    noun: 'queue',
    verb: 'move',
    summary: 'put a waiting request first, last, or where the rules say',
    operands: '<request> <first|last|by-rules>',
    flags: [reasonFlag],
    example: 'ds01-admin queue move alice/thesis first --reason "deadline at midnight"',
    changes: true,
    load: () => import('./commands/queue-move.ts'),
  },
  {
    noun: 'queue',
    verb: 'priority',
    summary: 'change the priority class of a waiting request',
    operands: '<request> <low|normal|high|urgent>',
    flags: [reasonFlag],
    example: 'ds01-admin queue priority alice/thesis high',
    changes: true,
    load: () => import('./commands/queue-priority.ts'),
  },
  {
    noun: 'queue',
    verb: 'hold',
    summary: 'grant nothing to a waiting request, or to anybody, or grant again',
    operands: '[request]',
    flags: [{ flags: '--off', description: 'grant again' }, reasonFlag],
    example: 'ds01-admin queue hold --reason "the cooling fails"',
    changes: true,
    load: () => import('./commands/queue-hold.ts'),
  },
  {
    noun: 'queue',
    verb: 'drain',
    summary: 'let nobody join any more, or let them again; who waits goes on waiting',
    operands: '',
    flags: [{ flags: '--off', description: 'let them join again' }, reasonFlag],
    example: 'ds01-admin queue drain --reason "maintenance on Monday"',
    changes: true,
    load: () => import('./commands/queue-drain.ts'),
  },
  {
    noun: 'queue',
    verb: 'remove',
    summary: 'take a waiting request out of the queue',
    operands: '<request>',
    flags: [reasonFlag],
    example: 'ds01-admin queue remove alice/thesis --reason "the account ends on Friday"',
    changes: true,
    load: () => import('./commands/queue-remove.ts'),
  },
  {
    noun: null,
    verb: 'simulate',
    summary: 'what other rules of the queue would have done with what people asked for',
    operands: '',
    flags: [
      { flags: '--policy <file>', description: 'a ds01.yaml; its section queue counts' },
      {
        flags: '--since <time>',
        description: 'from then on: 30d (ago, when left out), 2026-11-01',
      },
    ],
    example: 'ds01-admin simulate --policy new.yaml --since 30d',
    load: () => import('./commands/simulate.ts'),
  },
];
