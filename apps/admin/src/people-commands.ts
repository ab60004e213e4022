import type { CommandSpec } from '@ds01/command-line';
import type { Runtime } from './runtime.ts';

/** Commands on people. Each that changes something has `changes: true`. */
export const peopleCommands: readonly CommandSpec<Runtime>[] = [];
