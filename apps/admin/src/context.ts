import type { CommandContext as ContextOf } from '@ds01/command-line';
import type { Runtime } from './runtime.ts';

/** What a command of `ds01-admin` gets. */
export type CommandContext = ContextOf<Runtime>;
