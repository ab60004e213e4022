import type { CommandSpec } from '@ds01/command-line';
import { actCommands } from './act-commands.ts';
import { careCommands } from './care-commands.ts';
import { lifecycleCommands } from './lifecycle-commands.ts';
import { peopleCommands } from './people-commands.ts';
import { policyCommands } from './policy-commands.ts';
import { queueCommands } from './queue-commands.ts';
import type { Runtime } from './runtime.ts';
import { seeCommands } from './see-commands.ts';
import { tokenCommands } from './token-commands.ts';

/** Every command, in the order of the help. */
export const commandTable: readonly CommandSpec<Runtime>[] = [
  ...seeCommands,
  ...actCommands,
  ...queueCommands,
  ...tokenCommands,
  ...policyCommands,
  ...peopleCommands,
  ...lifecycleCommands,
  ...careCommands,
];
