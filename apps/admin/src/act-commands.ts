import type { CommandSpec } from '@ds01/command-line';
import type { Runtime } from './runtime.ts';

/** Commands on anybody’s containers and leases. Each that changes something has `changes: true`. */
export const actCommands: readonly CommandSpec<Runtime>[] = [];
