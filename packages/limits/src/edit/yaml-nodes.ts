import { isAlias, isMap, isScalar, isSeq, parseDocument } from 'yaml';
import type { Document, Pair } from 'yaml';

/** Where something is: keys of mappings and numbers of items, from 0, from the top. */
export type YamlPath = readonly (string | number)[];

/** A YAML text and what it says. */
export interface YamlText {
  readonly text: string;
  readonly document: Document;
}

/** Parses a text for editing; a reason when it isn't YAML. */
export function openYaml(text: string): YamlText | string {
  try {
    const document = parseDocument(text, {
      schema: 'failsafe',
      uniqueKeys: false,
      prettyErrors: false,
      logLevel: 'error',
    });
    return document.errors.length > 0 ? 'the file isn’t valid YAML' : { text, document };
  } catch {
    return 'the file is nested too deeply';
  }
}

/** Where a node starts. */
export function startOf(node: unknown): number {
  const isNode = isScalar(node) || isMap(node) || isSeq(node) || isAlias(node);
  return (isNode ? node.range?.[0] : undefined) ?? 0;
}

/** The text of a key; `undefined` for one that is no name. */
function keyOf(pair: Pair): string | undefined {
  return isScalar(pair.key) ? String(pair.key.source ?? pair.key.value) : undefined;
}

/** The pair of a key in a mapping; `undefined` for anything else. */
export function pairOf(node: unknown, key: string | number): Pair | undefined {
  return isMap(node) ? node.items.find((pair) => keyOf(pair) === key) : undefined;
}

/** What is at a place; `undefined` when nothing is. */
export function nodeAt(document: Document, path: YamlPath): unknown {
  return path.reduce<unknown>((node, key) => {
    if (typeof key === 'number') return isSeq(node) ? node.items[key] : undefined;
    return pairOf(node, key)?.value;
  }, document.contents);
}

/** Where what is written of a node ends; comments after it don't count. */
export function endOf(node: unknown): number {
  if (isMap(node) && node.flow !== true) return endOfPair(node.items.at(-1)) ?? startOf(node);
  if (isSeq(node) && node.flow !== true) return endOf(node.items.at(-1)) || startOf(node);
  const isNode = isScalar(node) || isMap(node) || isSeq(node) || isAlias(node);
  return (isNode ? node.range?.[1] : undefined) ?? 0;
}

/** Where what is written of a pair ends. */
export function endOfPair(pair: Pair | undefined): number | undefined {
  if (pair === undefined) return undefined;
  return isNothing(pair.value) && isEmptyText(pair.value) ? endOf(pair.key) : endOf(pair.value);
}

/** Whether a node has no text at all. */
export function isEmptyText(node: unknown): boolean {
  return !isScalar(node) || (node.range?.[0] ?? 0) === (node.range?.[1] ?? 0);
}

const nothingTexts = ['', '~', 'null', 'Null', 'NULL'];

/** Whether nothing is written, or one of YAML's words for it. */
export function isNothing(node: unknown): boolean {
  if (node === null || node === undefined) return true;
  const isPlain = isScalar(node) && (node.type === undefined || node.type === 'PLAIN');
  return isPlain && nothingTexts.includes(textOfScalar(node));
}

/** The text of a scalar, without quotes; empty for anything else. */
export function textOfScalar(node: unknown): string {
  const value: unknown = isScalar(node) ? (node.source ?? node.value) : '';
  return typeof value === 'string' ? value.trim() : '';
}
