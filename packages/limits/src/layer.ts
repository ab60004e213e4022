import type { ConfigProblem, LimitKey, LimitValue } from '@ds01/contracts';
import type { Position } from './config-file.ts';
import { limitKeys, limitKeySpecs, obsoletePolicyKeys } from './limit-keys.ts';
import { createReading } from './reading.ts';
import type { KnownNames, Reading } from './reading.ts';
import { bytesOf } from './value-kinds.ts';
import type { Entry, YamlSource, YamlValue } from './yaml-source.ts';

/** A value that a file gives, and where. */
export interface GivenLimit {
  readonly value: LimitValue;
  readonly file: string;
  /** Line of the key. */
  readonly line: number;
}

/** The limits that one mapping of one file gives: `defaults`, a group, a user's override. */
export type LimitLayerValues = ReadonlyMap<LimitKey, GivenLimit>;

/** Sections of a layer that hold further limits. */
const nestedSections = ['aggregate', 'policies'] as const;
type NestedSection = (typeof nestedSections)[number];

interface LayerOptions {
  /** What the mapping is, for messages: `groups.student`. */
  readonly where: string;
  /** Keys that belong to the caller (`members`, `reservation_start`, ...). */
  readonly otherKeys?: readonly string[];
}

interface LayerState {
  readonly reading: Reading;
  readonly values: Map<LimitKey, FoundLimit>;
}

interface FoundLimit extends GivenLimit {
  readonly position: Position;
  /** The former name that was used; `null` for the key's own. */
  readonly alias: string | null;
}

/**
 * Reads the limits of one mapping. Former names are resolved here, so that a former name in a
 * stronger layer beats the new name in a weaker one; the new name wins inside a mapping.
 */
export function readLayer(
  source: YamlSource,
  value: YamlValue,
  options: LayerOptions,
): { readonly values: LimitLayerValues; readonly problems: readonly ConfigProblem[] } {
  const state: LayerState = { reading: createReading(source.path), values: new Map() };
  const known = [...limitNames(''), ...nestedSections, ...(options.otherKeys ?? [])];
  for (const entry of state.reading.entries(value, options.where)) {
    const nested = nestedSections.find((name) => name === entry.key);
    if (nested !== undefined) readNested(state, entry, { nested, where: options.where });
    else if (options.otherKeys?.includes(entry.key) !== true) {
      readLimit(state, entry, { prefix: '', where: options.where, known });
    }
  }
  checkPairs(state, options.where);
  return { values: state.values, problems: state.reading.problems };
}

/** Reads the limits of a top-level `policies` section, as part of the `defaults` layer. */
export function readPolicies(
  source: YamlSource,
  entry: Entry,
): { readonly values: LimitLayerValues; readonly problems: readonly ConfigProblem[] } {
  const state: LayerState = { reading: createReading(source.path), values: new Map() };
  readNested(state, entry, { nested: 'policies', where: '' });
  return { values: state.values, problems: state.reading.problems };
}

function readNested(
  state: LayerState,
  entry: Entry,
  options: { readonly nested: NestedSection; readonly where: string },
): void {
  const where = options.where === '' ? options.nested : `${options.where}.${options.nested}`;
  const prefix = `${options.nested}.`;
  const obsolete = options.nested === 'policies' ? obsoletePolicyKeys : [];
  for (const inner of state.reading.entries(entry.value, where)) {
    if (obsolete.includes(inner.key)) state.reading.obsolete(inner, where);
    else readLimit(state, inner, { prefix, where, known: limitNames(prefix) });
  }
}

/** Names, former ones included, of the keys that start with `prefix`, without it. */
function limitNames(prefix: string): KnownNames {
  return limitKeys
    .filter((key) => (prefix === '' ? !key.includes('.') : key.startsWith(prefix)))
    .flatMap((key) => {
      const name = key.slice(prefix.length);
      return [name, ...(limitKeySpecs[key].aliases ?? []).map((former) => [former, name] as const)];
    });
}

function readLimit(
  state: LayerState,
  entry: Entry,
  options: { readonly prefix: string; readonly where: string; readonly known: KnownNames },
): void {
  const { reading } = state;
  const key = limitKeys.find(
    (candidate) =>
      candidate === options.prefix + entry.key ||
      (options.prefix === '' && limitKeySpecs[candidate].aliases?.includes(entry.key) === true),
  );
  if (key === undefined || (options.prefix === '' && entry.key.includes('.'))) {
    reading.unknownKey(entry, options.where, options.known);
    return;
  }
  const alias = key === options.prefix + entry.key ? null : entry.key;
  if (alias !== null) reading.deprecated(entry, key);
  const value = reading.limit(entry, limitKeySpecs[key].kind, options.where);
  if (value === undefined || isWeaker(key, alias, state.values.get(key)?.alias)) return;
  const { position } = entry;
  state.values.set(key, { value, file: reading.path, line: position.line, position, alias });
}

/** Whether a name gives way to the one already read: the new name first, then the aliases' order. */
function isWeaker(
  key: LimitKey,
  alias: string | null,
  present: string | null | undefined,
): boolean {
  if (present === undefined) return false;
  const order = [null, ...(limitKeySpecs[key].aliases ?? [])];
  return order.indexOf(present) <= order.indexOf(alias);
}

/** Values that contradict each other inside one mapping. */
function checkPairs(state: LayerState, where: string): void {
  const pairs = [
    { lesser: 'memory', greater: 'memory_swap', severity: 'error' },
    { lesser: 'aggregate.memory_high', greater: 'aggregate.memory_max', severity: 'warning' },
  ] as const;
  for (const { lesser, greater, severity } of pairs) {
    const low = state.values.get(lesser);
    const high = state.values.get(greater);
    if (low === undefined || high === undefined || high.value === null) continue;
    const lowBytes = low.value === null ? Infinity : (bytesOf(String(low.value)) ?? 0);
    if ((bytesOf(String(high.value)) ?? 0) >= lowBytes) continue;
    state.reading.report(high.position, {
      severity,
      code: 'config.conflicting-values',
      message: `${where}.${greater} is below ${where}.${lesser} (line ${low.line}).`,
      found: String(high.value),
      allowed: `at least ${low.value ?? 'no limit'}, the value of ${lesser}`,
    });
  }
}
