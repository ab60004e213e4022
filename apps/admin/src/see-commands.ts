import { eventFlags, type CommandSpec } from '@ds01/command-line';
import type { Runtime } from './runtime.ts';

/** Commands that only show: who has what, what runs, what happened. */
export const seeCommands: readonly CommandSpec<Runtime>[] = [
  {
    noun: null,
    verb: 'dashboard',
    summary: 'everything at a glance, live: GPUs, containers, users, alerts, events',
    operands: '',
    flags: [
      { flags: '--once', description: 'one look, also at a terminal' },
      { flags: '--view <name>', description: 'overview, containers, users, alerts, events, queue' },
    ],
    example: 'ds01-admin dashboard --once',
    load: () => import('./commands/dashboard.ts'),
  },
  {
    noun: null,
    verb: 'top',
    summary: 'what running containers use, the busiest first',
    operands: '',
    flags: [
      { flags: '--sort <key>', description: 'cpu (default), memory, gpu, stops or name' },
      { flags: '-n, --limit <count>', description: 'at most so many (default: 20)' },
    ],
    example: 'ds01-admin top --sort memory',
    load: () => import('./commands/top.ts'),
  },
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
    noun: null,
    verb: 'workloads',
    summary: 'everything that runs, whatever made it, and processes of the host on GPUs',
    operands: '',
    flags: [
      { flags: '-a, --all', description: 'what has stopped, too' },
      { flags: '--by-user', description: 'in parts, one for each user' },
      { flags: '--user <name>', description: 'only those of this user' },
      {
        flags: '--kind <kind>',
        description: 'managed, compose, devcontainer, docker or host-process',
      },
      { flags: '--gpu-only', description: 'only what has a GPU' },
      { flags: '--wide', description: 'every column, however wide the terminal is' },
    ],
    example: 'ds01-admin workloads --gpu-only',
    load: () => import('./commands/workloads.ts'),
  },
  {
    noun: null,
    verb: 'events',
    summary: 'what happened, to whom, and which rule or person did it',
    operands: '',
    flags: [
      ...eventFlags,
      { flags: '--user <name>', description: 'only of this user' },
      { flags: '--export', description: 'all of them, oldest first, a line of JSON each' },
    ],
    example: 'ds01-admin events --since today --type lifecycle',
    load: () => import('./commands/events.ts'),
  },
];
