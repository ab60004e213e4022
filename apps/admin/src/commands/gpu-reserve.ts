import { switchFlag, textFlag, type FlagValues } from '@ds01/command-line';
import { slotIdSchema } from '@ds01/contracts';
import { ds01Error } from '@ds01/contracts/core';
import type { CommandContext } from '../context.ts';
import { inDryRun } from '../policy-text.ts';
import { readMoment } from '../read-moment.ts';
import { reservedText } from '../reservations-text.ts';

/** `ds01-admin gpu reserve`. */
export async function run({
  operands,
  flags,
  output,
  runtime,
  signal,
}: CommandContext): Promise<number> {
  const nowMs = Date.now();
  const input = {
    slots: operands.map(readSlot),
    ...readHolder(textFlag(flags, 'for')),
    fromMs: readTime(flags, 'from', nowMs),
    untilMs: readTime(flags, 'to', nowMs) ?? missing('--to'),
    reason: textFlag(flags, 'reason'),
  };
  const result = await runtime.api.call('admin.reservations.add', input, { signal });
  const dryRun = switchFlag(flags, 'dryRun');
  output.result(result, (screen) =>
    reservedText({ ...result, message: inDryRun(result.message, dryRun) }, screen),
  );
  return 0;
}

function readSlot(text: string) {
  const slot = slotIdSchema.safeParse(text);
  if (slot.success) return slot.data;
  throw ds01Error('usage.invalid', {
    message: `${JSON.stringify(text)} is no slot; 0 is a GPU, 1:2 a MIG instance of one.`,
    hint: 'ds01 gpu status',
  });
}

function readHolder(given: string | null) {
  if (given === null) return missing('--for');
  const group = /^group:(.*)$/.exec(given)?.[1];
  return group === undefined ? { user: given, group: null } : { user: null, group };
}

function readTime(flags: FlagValues, name: 'from' | 'to', nowMs: number): number | null {
  const given = textFlag(flags, name);
  const ofDay = name === 'from' ? 'begin' : 'end';
  return given === null ? null : readMoment(given, { flag: `--${name}`, nowMs, ofDay });
}

function missing(flag: string): never {
  throw ds01Error('usage.invalid', {
    message: `A reservation needs ${flag}.`,
    hint: 'ds01-admin gpu reserve --help',
  });
}
