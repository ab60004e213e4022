import { slotIdSchema } from '@ds01/contracts';
import type { ConfigProblem, SlotId, Username } from '@ds01/contracts';
import { readLayer } from './layer.ts';
import type { LimitLayerValues } from './layer.ts';
import { readUsername } from './members.ts';
import type { WrittenReservation } from './policy.ts';
import { createReading } from './reading.ts';
import type { Reading } from './reading.ts';
import { parseTimestamp, timestampRule } from './timestamp.ts';
import type { Entry, YamlSource, YamlValue } from './yaml-source.ts';

/** A user's entry of `user_overrides` or user-overrides.yaml. */
export interface UserOverride {
  readonly values: LimitLayerValues;
  readonly reservation: WrittenReservation | null;
  readonly entry: Entry;
  readonly file: string;
}

const reservationKeys = ['reservation_start', 'reservation_end', 'reserved_gpus', 'reason'];

/** Reads a mapping of users to their overrides. */
export function readOverrides(
  source: YamlSource,
  value: YamlValue,
): {
  readonly overrides: ReadonlyMap<Username, UserOverride>;
  readonly problems: readonly ConfigProblem[];
} {
  const reading = createReading(source.path);
  const problems: ConfigProblem[] = [];
  const overrides = new Map<Username, UserOverride>();
  for (const entry of reading.entries(value, 'user_overrides')) {
    const { position } = entry;
    const asScalar = {
      kind: 'scalar',
      position,
      scalar: { text: entry.key, plain: true },
    } as const;
    const user = readUsername(reading, asScalar, 'The key of an override');
    if (user === undefined) continue;
    const where = `user_overrides.${user}`;
    const layer = readLayer(source, entry.value, { where, otherKeys: reservationKeys });
    problems.push(...layer.problems);
    const reservation = readReservation(reading, { value: entry.value, user, where });
    overrides.set(user, { values: layer.values, reservation, entry, file: source.path });
  }
  return { overrides, problems: [...problems, ...reading.problems] };
}

interface ReservationInput {
  readonly value: YamlValue;
  readonly user: Username;
  readonly where: string;
}

function readReservation(
  reading: Reading,
  { value, user, where }: ReservationInput,
): WrittenReservation | null {
  // Another shape is already a problem of the layer.
  const entries = value.kind === 'mapping' ? value.entries() : [];
  const find = (key: string) => entries.find((entry) => entry.key === key);
  const slots = readSlots(reading, find('reserved_gpus'), `${where}.reserved_gpus`);
  const fromMs = readTime(reading, find('reservation_start'), { edge: 'start', where });
  const toMs = readTime(reading, find('reservation_end'), { edge: 'end', where });
  const reason = find('reason')?.value;
  const first = entries.find(
    (entry) => reservationKeys.includes(entry.key) && entry.key !== 'reason',
  );
  if (first === undefined) return null;
  if (find('reserved_gpus') === undefined || find('reservation_end') === undefined) {
    const given = entries.map(({ key }) => key).filter((key) => reservationKeys.includes(key));
    reading.report(first.position, {
      code: 'config.conflicting-values',
      message: `${where}: a reservation needs reserved_gpus and reservation_end.`,
      found: `only ${given.join(', ')}`,
      allowed: 'reserved_gpus and reservation_end, optionally reservation_start and reason',
    });
    return null;
  }
  if (fromMs === undefined || toMs === undefined || slots.length === 0) return null;
  if (fromMs >= toMs) {
    reading.report(find('reservation_end')?.position ?? first.position, {
      code: 'config.conflicting-values',
      message: `${where}: the reservation ends before it starts.`,
      found: 'reservation_end not after reservation_start',
      allowed: 'an end after the start',
    });
    return null;
  }
  return {
    user,
    slots,
    fromMs,
    toMs,
    reason: reason?.kind === 'scalar' ? reason.scalar.text : '',
    id: null,
    approvedBy: null,
    file: reading.path,
    line: first.position.line,
  };
}

function readTime(
  reading: Reading,
  entry: Entry | undefined,
  options: { readonly edge: 'start' | 'end'; readonly where: string },
): number | undefined {
  if (entry === undefined || entry.value.kind === 'nothing') {
    return options.edge === 'start' ? 0 : Number.MAX_SAFE_INTEGER;
  }
  const text = entry.value.kind === 'scalar' ? entry.value.scalar.text : '';
  const time = parseTimestamp(text, options.edge);
  if (time === undefined) {
    reading.invalid(entry.value, `${options.where}.${entry.key}`, timestampRule);
  }
  return time;
}

/** Slots of a reservation: one, or a list of at least one. */
export function readSlots(reading: Reading, entry: Entry | undefined, where: string): SlotId[] {
  if (entry === undefined) return [];
  const items = entry.value.kind === 'scalar' ? [entry.value] : reading.items(entry.value, where);
  if (items.length === 0) {
    reading.report(entry.value.position, {
      code: 'config.invalid-value',
      message: `${where} must name at least one slot.`,
      found: 'no slot',
      allowed: 'a list of slots such as ["0", "1:2"]',
    });
  }
  return items.flatMap((item) => {
    const text = reading.text(item, where, {
      pattern: /^\d{1,4}(?:[:.]\d{1,4})?$/,
      allowed: 'a slot such as "0" or "0:1"',
    });
    return text === undefined ? [] : [slotIdSchema.parse(text.replace('.', ':'))];
  });
}
