import type { Output } from './output.ts';
import type { Runtime } from './runtime.ts';

/** Values of a command's flags as the parser gives them. */
export type FlagValues = Readonly<Record<string, unknown>>;

/** What a command gets. */
export interface CommandContext {
  readonly operands: readonly string[];
  readonly flags: FlagValues;
  /** What stood after `--`; `null` without. */
  readonly trailing: readonly string[] | null;
  readonly output: Output;
  readonly runtime: Runtime;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/** Text of a flag; `null` when it wasn't given. */
export function textFlag(flags: FlagValues, name: string): string | null {
  const value = flags[name];
  return typeof value === 'string' ? value : null;
}

/** True when a switch was given. */
export function switchFlag(flags: FlagValues, name: string): boolean {
  return flags[name] === true;
}

/** Values of a flag that may be repeated. */
export function listFlag(flags: FlagValues, name: string): readonly string[] {
  const value = flags[name];
  return Array.isArray(value) ? value.map(String) : [];
}
