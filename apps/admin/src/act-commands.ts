import type { CommandSpec, FlagSpec } from '@ds01/command-line';
import type { Runtime } from './runtime.ts';

/** For the log, and for whom it concerns. */
export const reasonFlag: FlagSpec = {
  flags: '--reason <text>',
  description: 'why: for the log, and for whom it concerns',
};
const force = (description: string): FlagSpec => ({ flags: '-f, --force', description });

/** Commands on anybody’s containers and leases. Each that changes something has `changes: true`. */
export const actCommands: readonly CommandSpec<Runtime>[] = [
  {
    noun: 'container',
    verb: 'stop',
    summary: 'stop anybody’s container; its owner is told',
    operands: '<container>',
    flags: [
      force('SIGKILL at once'),
      { flags: '-t, --timeout <seconds>', description: 'between SIGTERM and SIGKILL' },
      reasonFlag,
    ],
    example: 'ds01-admin container stop alice/thesis --reason "the room gets too hot"',
    changes: true,
    load: () => import('./commands/container-stop.ts'),
  },
  {
    noun: 'container',
    verb: 'remove',
    summary: 'remove anybody’s container; its workspace stays',
    operands: '<container>',
    flags: [force('also while it runs'), reasonFlag],
    example: 'ds01-admin container remove alice/thesis',
    changes: true,
    load: () => import('./commands/container-remove.ts'),
  },
  {
    noun: 'container',
    verb: 'protect',
    summary: 'exempt a container from all rules, or no longer',
    operands: '<container>',
    flags: [{ flags: '--off', description: 'the rules apply again' }, reasonFlag],
    example: 'ds01-admin container protect alice/thesis',
    changes: true,
    load: () => import('./commands/container-protect.ts'),
  },
  {
    noun: 'container',
    verb: 'adopt',
    summary: 'say whose a container is that DS01 didn’t make',
    operands: '<container> <user>',
    flags: [reasonFlag],
    example: 'ds01-admin container adopt notebook alice',
    changes: true,
    load: () => import('./commands/container-adopt.ts'),
  },
  {
    noun: 'lease',
    verb: 'release',
    summary: 'give the GPUs of a stopped container back before its hold ends',
    operands: '<lease>',
    flags: [reasonFlag],
    example: 'ds01-admin lease release l0mwrevywfb8iiapyf81s',
    changes: true,
    load: () => import('./commands/lease-release.ts'),
  },
  {
    noun: null,
    verb: 'emergency-stop',
    summary: 'stop all containers of a user, or of everybody, at once',
    operands: '<user|all>',
    flags: [force('SIGKILL at once'), reasonFlag],
    example: 'ds01-admin emergency-stop alice --dry-run',
    changes: true,
    load: () => import('./commands/emergency-stop.ts'),
  },
  {
    noun: null,
    verb: 'notify',
    summary: 'send a message to a user, or to everybody who has a container or is logged in',
    operands: '<user|all> <message...>',
    flags: [],
    example: 'ds01-admin notify all "The server restarts at noon"',
    changes: true,
    load: () => import('./commands/notify.ts'),
  },
];
