import type { EditResult } from './yaml-edit.ts';
import { openYaml } from './yaml-nodes.ts';

/** Plain data of a file: texts, lists and mappings. */
export type FileData = unknown;

/**
 * An edit of a text, if it does what it shall and nothing else: the data of the new text must be what
 * `expected` makes of the data of the old one, and every line that is a comment must still be there.
 * Anchors, aliases and odd layouts can make an edit touch more than it shows; then a person has to.
 */
export function checkEdit(
  text: string,
  edit: EditResult,
  expected: (data: FileData) => FileData,
): EditResult {
  if (!edit.ok || edit.text === text) return edit;
  const before = dataOf(text);
  const after = dataOf(edit.text);
  const reason = 'the file is written in a way that no program may change';
  if (before === undefined || after === undefined) return { ok: false, reason };
  const isMeant = fingerprint(expected(before.data)) === fingerprint(after.data);
  return isMeant && keepsComments(text, edit.text) ? edit : { ok: false, reason };
}

function dataOf(text: string): { readonly data: FileData } | undefined {
  const source = openYaml(text);
  if (typeof source === 'string') return undefined;
  try {
    return { data: source.document.toJS({ maxAliasCount: 100 }) };
  } catch {
    return undefined;
  }
}

/** Data as a text that is the same for the same meaning: order of keys and empty parts don't count. */
function fingerprint(data: FileData): string {
  return JSON.stringify(normal(data) ?? null);
}

function normal(data: FileData): unknown {
  if (data === null || data === '') return undefined;
  if (Array.isArray(data)) {
    return data.length === 0 ? undefined : data.map((item) => normal(item) ?? null);
  }
  if (typeof data !== 'object' || data === null) return data;
  const entries = Object.entries(data)
    .flatMap(([key, value]) => {
      const inner = normal(value);
      return inner === undefined ? [] : [[key, inner] as const];
    })
    .toSorted(([left], [right]) => (left < right ? -1 : 1));
  return entries.length === 0 ? undefined : entries;
}

function keepsComments(before: string, after: string): boolean {
  const count = (text: string): Map<string, number> => {
    const lines = new Map<string, number>();
    for (const line of text.split('\n').map((one) => one.trim())) {
      if (line.startsWith('#')) lines.set(line, (lines.get(line) ?? 0) + 1);
    }
    return lines;
  };
  const left = count(after);
  return [...count(before)].every(([line, number]) => (left.get(line) ?? 0) >= number);
}

/** Data with a value at a place below mappings; with `undefined` without what is there. */
export function withValue(data: FileData, path: readonly string[], value: FileData): FileData {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const mapping: Record<string, unknown> =
    typeof data === 'object' && data !== null && !Array.isArray(data) ? { ...data } : {};
  const inner = rest.length === 0 ? value : withValue(mapping[key], rest, value);
  if (inner === undefined) delete mapping[key];
  else mapping[key] = inner;
  return mapping;
}

function valueIn(data: FileData, path: readonly string[]): FileData {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined,
    data,
  );
}

/** The items of a list below mappings; none for anything else. */
export function itemsIn(data: FileData, path: readonly string[]): readonly unknown[] {
  const list = valueIn(data, path);
  return Array.isArray(list) ? list : [];
}
