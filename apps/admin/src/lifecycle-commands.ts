import type { CommandSpec } from '@ds01/command-line';
import type { Runtime } from './runtime.ts';

/** Commands on the rules of the life of containers. Each that changes something has `changes: true`. */
export const lifecycleCommands: readonly CommandSpec<Runtime>[] = [];
