import { isAlias, isMap, isScalar, isSeq } from 'yaml';
import type { Pair, YAMLMap, YAMLSeq } from 'yaml';
import { insertLines, lineAfter, lineStart, removeLines, splice } from './text-lines.ts';
import {
  endOf,
  endOfPair,
  isEmptyText,
  isNothing,
  nodeAt,
  openYaml,
  pairOf,
  startOf,
  type YamlPath,
} from './yaml-nodes.ts';
import { blockLines, flowText, itemLines, type PlainYaml } from './yaml-text.ts';

/** What an edit gives: the new text, or why a program can't make it in this file. */
export type EditResult =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly reason: string };

/**
 * Sets a scalar below mappings, which are made where there are none. Nothing else of the text changes.
 */
export function setScalar(text: string, path: readonly string[], value: string | null): EditResult {
  return add(text, { path, value });
}

/** Adds an item at the end of a list, which is made where there is none. */
export function appendItem(text: string, path: readonly string[], item: PlainYaml): EditResult {
  return add(text, { path, item });
}

type Addition =
  | { readonly path: readonly string[]; readonly value: string | null }
  | { readonly path: readonly string[]; readonly item: PlainYaml };

function add(text: string, addition: Addition): EditResult {
  const source = openYaml(text);
  if (typeof source === 'string') return { ok: false, reason: source };
  const { path } = addition;
  let node: unknown = source.document.contents;
  let owner: Pair | undefined;
  for (const [depth, key] of path.entries()) {
    const rest = path.slice(depth);
    if (isNothing(node)) return intoNothing(text, { owner, node, rest, addition });
    if (!isMap(node)) return refused(path.slice(0, depth));
    const pair = pairOf(node, key);
    if (pair === undefined) return done(insertPair(text, node, nested(rest, addition)));
    owner = pair;
    node = pair.value;
  }
  if (owner === undefined) return refused(path);
  if ('value' in addition) return replaceScalar(text, owner, addition);
  if (isNothing(node)) return intoNothing(text, { owner, node, rest: [], addition });
  return isSeq(node) ? insertItem(text, node, addition) : refused(path);
}

function refused(path: YamlPath): EditResult {
  const what = path.length === 0 ? 'the file' : path.join('.');
  return { ok: false, reason: `${what} is written in a way that no program may change` };
}

function done(text: string): EditResult {
  return { ok: true, text };
}

/** What is added, below the keys that aren't there yet. */
function nested(rest: readonly string[], addition: Addition): PlainYaml {
  const inner: PlainYaml = 'value' in addition ? addition.value : [addition.item];
  return rest.reduceRight<PlainYaml>((data, key) => ({ [key]: data }), inner);
}

function intoNothing(
  text: string,
  options: {
    readonly owner: Pair | undefined;
    readonly node: unknown;
    readonly rest: readonly string[];
    readonly addition: Addition;
  },
): EditResult {
  const { owner, node, rest, addition } = options;
  const data = nested(rest, addition);
  if (owner === undefined) {
    const isWritten = isScalar(node) && !isEmptyText(node);
    if (isWritten) return refused([]);
    return done(insertLines(text, text.length, blockLines(data, 0)));
  }
  if (!isEmptyText(owner.value)) return done(replaced(text, owner.value, flowText(data)));
  const keyStart = startOf(owner.key);
  const indent = keyStart - lineStart(text, keyStart) + 2;
  const lines =
    rest.length === 0 && 'item' in addition
      ? itemLines(addition.item, indent)
      : blockLines(data, indent);
  return done(insertLines(text, lineAfter(text, endOf(owner.key)), lines));
}

function replaced(text: string, node: unknown, by: string): string {
  return splice(text, { start: startOf(node), end: endOf(node), by });
}

function replaceScalar(
  text: string,
  pair: Pair,
  { path, value }: { readonly path: YamlPath; readonly value: string | null },
): EditResult {
  const { value: node } = pair;
  if (isNothing(node) && isEmptyText(node)) {
    const colon = text.indexOf(':', endOf(pair.key));
    return done(splice(text, { start: colon + 1, end: colon + 1, by: ` ${flowText(value)}` }));
  }
  const isOneLine = isAlias(node) || (isScalar(node) && !node.type?.startsWith('BLOCK'));
  return isOneLine ? done(replaced(text, node, flowText(value))) : refused(path);
}

function insertPair(text: string, map: YAMLMap, data: PlainYaml): string {
  const last = map.items.at(-1);
  if (map.flow === true) {
    const inner = flowText(data).slice(1, -1);
    const at = endOfPair(last) ?? startOf(map) + 1;
    return splice(text, { start: at, end: at, by: last === undefined ? inner : `, ${inner}` });
  }
  const first = startOf(map.items[0]?.key);
  const indent = first - lineStart(text, first);
  return insertLines(text, lineAfter(text, endOf(map)), blockLines(data, indent));
}

function insertItem(
  text: string,
  list: YAMLSeq,
  { path, item }: { readonly path: YamlPath; readonly item: PlainYaml },
): EditResult {
  const last: unknown = list.items.at(-1);
  if (list.flow === true) {
    const at = list.items.length === 0 ? startOf(list) + 1 : endOf(last);
    const by = `${list.items.length === 0 ? '' : ', '}${flowText(item)}`;
    return done(splice(text, { start: at, end: at, by }));
  }
  if (isNothing(last)) return refused(path);
  const indent = startOf(list) - lineStart(text, startOf(list));
  return done(insertLines(text, lineAfter(text, endOf(list)), itemLines(item, indent)));
}

/**
 * Takes a key out of the mappings of a path, and mappings that only held it, down to `keep` keys from
 * the top. Lines of comments stay. A key that isn't there is no change.
 */
export function removeKey(text: string, path: YamlPath, keep: number): EditResult {
  const source = openYaml(text);
  if (typeof source === 'string') return { ok: false, reason: source };
  let node: unknown = source.document.contents;
  let outermost: { readonly map: YAMLMap; readonly pair: Pair } | undefined;
  for (const [depth, key] of path.entries()) {
    if (typeof key === 'number') {
      node = isSeq(node) ? node.items[key] : undefined;
      continue;
    }
    const pair = pairOf(node, key);
    if (!isMap(node) || pair === undefined) return done(text);
    const isAlone = node.items.length === 1 && node.flow !== true && depth > keep;
    if (!isAlone || outermost === undefined) outermost = { map: node, pair };
    node = pair.value;
  }
  if (outermost === undefined) return done(text);
  const { map, pair } = outermost;
  const start = startOf(pair.key);
  const end = endOfPair(pair) ?? start;
  if (map.flow === true) return done(removeFromFlow(text, map.items.map(placeOfPair), start));
  const isOwnLine = text.slice(lineStart(text, start), start).trim() === '';
  return isOwnLine ? done(removeLines(text, { start, end })) : refused(path);
}

interface Place {
  readonly start: number;
  readonly end: number;
}

function placeOfPair(pair: Pair): Place {
  return { start: startOf(pair.key), end: endOfPair(pair) ?? startOf(pair.key) };
}

/** Takes one of several parts out of brackets, with the comma that joins it to its neighbour. */
function removeFromFlow(text: string, places: readonly Place[], start: number): string {
  const at = places.findIndex((place) => place.start === start);
  const place = places[at];
  if (place === undefined) return text;
  const before = places[at - 1];
  const after = places[at + 1];
  if (before !== undefined) return splice(text, { start: before.end, end: place.end, by: '' });
  return splice(text, { start, end: after?.start ?? place.end, by: '' });
}

/** Takes the items of a list out whose numbers, from 0, are given. Lines of comments stay. */
export function removeItems(text: string, path: YamlPath, numbers: readonly number[]): EditResult {
  let current = text;
  for (const number of numbers.toSorted((left, right) => right - left)) {
    const next = removeItem(current, path, number);
    if (!next.ok) return next;
    current = next.text;
  }
  return done(current);
}

function removeItem(text: string, path: YamlPath, number: number): EditResult {
  const source = openYaml(text);
  if (typeof source === 'string') return { ok: false, reason: source };
  const list = nodeAt(source.document, path);
  if (!isSeq(list)) return refused(path);
  const item: unknown = list.items[number];
  const place = { start: startOf(item), end: endOf(item) };
  if (list.flow === true) {
    const places = list.items.map((one) => ({ start: startOf(one), end: endOf(one) }));
    return done(removeFromFlow(text, places, place.start));
  }
  const prefix = text.slice(lineStart(text, place.start), place.start);
  return /^\s*-\s+$/.test(prefix) ? done(removeLines(text, place)) : refused(path);
}
