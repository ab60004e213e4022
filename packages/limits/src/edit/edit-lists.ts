import { slugOf, type GroupName, type LimitKey, type SlotId, type Username } from '@ds01/contracts';
import { isSeq } from 'yaml';
import type { ExemptLimit } from '../policy.ts';
import { parseTimestamp } from '../timestamp.ts';
import { checkEdit, itemsIn, withValue } from './checked-edit.ts';
import { isEmptyNode, isIn, namesOf, writtenValue } from './edit-override.ts';
import { nodeAt, openYaml, pairOf, textOfScalar } from './yaml-nodes.ts';
import { appendItem, removeItems, removeKey, type EditResult } from './yaml-edit.ts';
import { asRead, type PlainYaml } from './yaml-text.ts';

/** What is written beside an entry for people to read. */
export interface Approval {
  readonly reason: string | null;
  readonly approvedBy: string;
  /** A date. */
  readonly approvedOn: string;
}

function approvalOf({ reason, approvedBy, approvedOn }: Approval) {
  return { reason: reason ?? undefined, approved_by: approvedBy, approved_on: approvedOn };
}

/** temporary-overrides.yaml with limits of a user until a date (`2026-01-31`, `2026-01-31T18:00:00Z`). */
export function addTemporaryOverride(
  text: string,
  entry: Approval & {
    readonly user: Username;
    /** Values as they are written in the file. */
    readonly limits: ReadonlyMap<LimitKey, string>;
    readonly expiresOn: string;
  },
): EditResult {
  return append(text, 'overrides', {
    username: entry.user,
    limits: limitsOf(entry.limits),
    expires_on: entry.expiresOn,
    ...approvalOf(entry),
  });
}

function limitsOf(limits: ReadonlyMap<LimitKey, string>): PlainYaml {
  const sections: Record<string, Record<string, PlainYaml>> = {};
  const own: Record<string, PlainYaml> = {};
  for (const [key, value] of limits) {
    const [name = key, inner] = key.split('.');
    if (inner === undefined) own[name] = writtenValue(value);
    else sections[name] = { ...sections[name], [inner]: writtenValue(value) };
  }
  return { ...own, ...sections };
}

/** lifecycle-exemptions.yaml with one more exemption; without a date it is for good. */
export function addExemption(
  text: string,
  entry: Approval & {
    readonly user: Username;
    readonly rules: readonly ExemptLimit[];
    readonly expiresOn: string | null;
  },
): EditResult {
  return append(text, 'exemptions', {
    username: entry.user,
    exempt_from: entry.rules,
    expires_on: entry.expiresOn,
    ...approvalOf(entry),
  });
}

/** reservations.yaml with one more reservation, times in ISO 8601. */
export function addReservation(
  text: string,
  entry: Approval & {
    readonly id: string;
    readonly holder: { readonly username: Username } | { readonly group: GroupName };
    readonly slots: readonly SlotId[];
    readonly from: string;
    readonly until: string;
  },
): EditResult {
  const { id, holder, slots, from, until } = entry;
  return append(text, 'reservations', {
    id,
    ...holder,
    gpus: slots,
    from,
    until,
    ...approvalOf(entry),
  });
}

/** reservations.yaml without the reservation of an id. */
export function removeReservation(text: string, id: string): EditResult {
  return without(
    text,
    'reservations',
    numbersWith(text, 'reservations', { key: 'id', values: [id] }),
  );
}

function append(text: string, key: string, item: PlainYaml): EditResult {
  return checkEdit(text, appendItem(text, [key], item), (data) =>
    withValue(data, [key], [...itemsIn(data, [key]), asRead(item)]),
  );
}

/** lifecycle-exemptions.yaml without any exemption of a user. */
export function removeExemptions(text: string, user: Username): EditResult {
  return without(text, 'exemptions', numbersOf(text, 'exemptions', user));
}

/** temporary-overrides.yaml without limits of a user that hold at `nowMs`; empty entries go, too. */
export function removeTemporaryLimits(
  text: string,
  options: {
    readonly user: Username;
    readonly keys: readonly LimitKey[];
    readonly nowMs: number;
  },
): EditResult {
  let current: EditResult = { ok: true, text };
  // From the last one on, so that the numbers of the others stay.
  for (const number of numbersOf(text, 'overrides', options.user).toReversed()) {
    if (!current.ok) return current;
    const untilMs = parseTimestamp(textAt(current.text, [number, 'expires_on']), 'end');
    if (untilMs === undefined || untilMs <= options.nowMs) continue;
    current = removeFrom(current.text, number, options.keys);
  }
  return current;
}

function removeFrom(text: string, number: number, keys: readonly LimitKey[]): EditResult {
  let current = text;
  for (const name of keys.flatMap(namesOf)) {
    if (!isIn(at(current, [number, 'limits']), name)) continue;
    const removed = removeKey(current, ['overrides', number, 'limits', ...name], 3);
    const checked = checkEdit(current, removed, (data) => {
      const items = itemsIn(data, ['overrides']).map((item, place) =>
        place === number ? withValue(item, ['limits', ...name], undefined) : item,
      );
      return withValue(data, ['overrides'], items);
    });
    if (!checked.ok) return checked;
    current = checked.text;
  }
  const isEmpty = current !== text && isEmptyNode(at(current, [number, 'limits']));
  return isEmpty ? without(current, 'overrides', [number]) : { ok: true, text: current };
}

function at(text: string, path: readonly (string | number)[]): unknown {
  const source = openYaml(text);
  return typeof source === 'string' ? undefined : nodeAt(source.document, ['overrides', ...path]);
}

function textAt(text: string, path: readonly (string | number)[]): string {
  return textOfScalar(at(text, path));
}

/** Numbers, from 0, of the items of a list that are about a user, by name or slug. */
function numbersOf(text: string, key: string, user: Username): readonly number[] {
  return numbersWith(text, key, { key: 'username', values: [user, slugOf(user)] });
}

function numbersWith(
  text: string,
  key: string,
  wanted: { readonly key: string; readonly values: readonly string[] },
): readonly number[] {
  const source = openYaml(text);
  const list = typeof source === 'string' ? undefined : nodeAt(source.document, [key]);
  if (!isSeq(list)) return [];
  return list.items.flatMap((item, number) => {
    const name = textOfScalar(pairOf(item, wanted.key)?.value);
    return wanted.values.includes(name) ? [number] : [];
  });
}

function without(text: string, key: string, numbers: readonly number[]): EditResult {
  if (numbers.length === 0) return { ok: true, text };
  return checkEdit(text, removeItems(text, [key], numbers), (data) =>
    withValue(
      data,
      [key],
      itemsIn(data, [key]).filter((_, number) => !numbers.includes(number)),
    ),
  );
}
