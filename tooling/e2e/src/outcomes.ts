import { errorOutputSchema, type Problem } from '@ds01/contracts';
import type { CommandOutcome } from './command.ts';

/** The outcome of a command that had to succeed; throws what it said otherwise. */
export function succeeded(outcome: CommandOutcome): CommandOutcome {
  if (outcome.code === 0) return outcome;
  throw new Error(`exit ${String(outcome.code)}:\n${outcome.stdout}${outcome.stderr}`);
}

/** The one JSON document of a command that had to fail, its code and its exit code. */
export function failureOf(outcome: CommandOutcome): Problem & { readonly exitCode: number | null } {
  const { error } = outcome.json(errorOutputSchema);
  return { ...error, exitCode: outcome.code };
}

/** UUIDs in the output of `nvidia-smi -L`: those of MIG instances where there are any. */
export function uuidsIn(text: string): readonly string[] {
  const all = text.match(/(?:GPU|MIG)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g) ?? [];
  const instances = all.filter((uuid) => uuid.startsWith('MIG-'));
  return instances.length > 0 ? instances : all;
}
