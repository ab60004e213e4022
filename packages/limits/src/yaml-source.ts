import type { ConfigProblem } from '@ds01/contracts';
import { isAlias, isMap, isScalar, isSeq, parseDocument, visit } from 'yaml';
import type { Document, YAMLMap } from 'yaml';
import { fileStart, positionsOf, problemAt, quote, unreadableFile } from './config-file.ts';
import type { ConfigFile, Finding, Position } from './config-file.ts';
import { mostYamlEntries, yamlEntriesAtMost } from './yaml-entries.ts';

/** A scalar as written; `plain` is without quotes, so that `null` can be told from `"null"`. */
export interface ScalarText {
  readonly text: string;
  readonly plain: boolean;
}

/** One key of a mapping. */
export interface Entry {
  readonly key: string;
  /** Where the key is written. */
  readonly position: Position;
  readonly value: YamlValue;
}

/** A value of a YAML file with its place, aliases already followed. */
export type YamlValue =
  | { readonly kind: 'nothing'; readonly position: Position }
  | { readonly kind: 'scalar'; readonly position: Position; readonly scalar: ScalarText }
  | { readonly kind: 'list'; readonly position: Position; readonly items: () => YamlValue[] }
  | { readonly kind: 'mapping'; readonly position: Position; readonly entries: () => Entry[] };

/** A YAML file that could be parsed. */
export interface YamlSource {
  readonly path: string;
  readonly root: YamlValue;
}

/** Takes findings while a file is read. */
export type Report = (position: Position, finding: Finding) => void;

/** What a value is, for the `found` of a problem. */
export function describe(value: YamlValue): string {
  if (value.kind === 'nothing') return 'null';
  if (value.kind === 'list') return 'a list';
  if (value.kind === 'mapping') return 'a mapping';
  return quote(value.scalar.plain ? value.scalar.text : JSON.stringify(value.scalar.text));
}

/**
 * Parses a YAML file without ever throwing. Scalars stay text (YAML's failsafe schema): their type
 * is decided by the key that they belong to, so that `0.10` or an all-digit name loses nothing.
 * Anchors, aliases and merge keys are followed. All syntax errors and duplicate keys are problems, of
 * one mapping the first hundred; `source` is `null` when the syntax is too broken to go on, and for a
 * text of more than {@link mostYamlEntries}, which isn't parsed at all.
 */
export function parseYaml(file: ConfigFile): {
  readonly source: YamlSource | null;
  readonly problems: readonly ConfigProblem[];
} {
  if (file.text === null) return { source: null, problems: [unreadableFile(file)] };
  if (yamlEntriesAtMost(file.text) > mostYamlEntries) {
    return { source: null, problems: [tooManyEntries(file.path)] };
  }
  const positionOf = positionsOf(file.text);
  const problems: ConfigProblem[] = [];
  const syntaxProblem = (offset: number, message: string) => {
    problems.push(
      problemAt(file.path, positionOf(offset), {
        code: 'config.yaml-syntax',
        message: `${file.path} isn't valid YAML: ${message}`,
        found: quote(file.text?.slice(offset).split('\n', 1)[0] ?? '') || 'the end of a line',
        allowed: 'valid YAML',
      }),
    );
  };
  try {
    const document = parseDocument(file.text, {
      schema: 'failsafe',
      uniqueKeys: false,
      prettyErrors: false,
      stringKeys: false,
      logLevel: 'error',
    });
    // One missing bracket can be reported once for each level that it leaves open.
    const seen = new Set<string>();
    for (const { message, pos } of [...document.errors, ...document.warnings]) {
      if (seen.has(`${pos[0]} ${message}`)) continue;
      seen.add(`${pos[0]} ${message}`);
      const start = /quote/.test(message) ? unclosedQuote(document, pos[0]) : undefined;
      syntaxProblem(start ?? pos[0], `${quote(message.replace(/\.$/, ''))}.`);
    }
    if (problems.length > 0) return { source: null, problems };
    const follow = anchorsOf(document);
    const reader = createReader(follow, positionOf);
    visit(document, {
      Map: (_, map) => {
        problems.push(...duplicatesOf(file.path, map, positionOf));
        for (const { key, value } of map.items) {
          if (keyTextOf(key) !== '<<' || isMergeable(follow, value)) continue;
          syntaxProblem(
            rangeStart(key) ?? 0,
            'a merge key (<<) takes a mapping or a list of them.',
          );
        }
      },
      Alias: (_, alias) => {
        if (follow(alias) === undefined) {
          syntaxProblem(alias.range?.[0] ?? 0, `the alias *${alias.source} has no anchor.`);
        }
      },
    });
    return { source: { path: file.path, root: reader(document.contents, fileStart) }, problems };
  } catch (error) {
    syntaxProblem(0, error instanceof RangeError ? 'it is nested too deeply.' : String(error));
    return { source: null, problems };
  }
}

function tooManyEntries(path: string): ConfigProblem {
  return problemAt(path, fileStart, {
    code: 'config.unreadable-file',
    message: `${path} has more than ${mostYamlEntries} lines and commas.`,
    found: 'more than any site needs',
    allowed: `at most ${mostYamlEntries} lines and commas`,
  });
}

/** Whoever wrote a key twice a thousand times sees why without reading all. */
const mostDuplicates = 100;

const nothingTexts: readonly string[] = ['', '~', 'null', 'Null', 'NULL'];

function keyTextOf(key: unknown): string | null {
  return isScalar(key) ? String(key.source ?? key.value) : null;
}

function rangeStart(node: unknown): number | undefined {
  return isScalar(node) || isMap(node) || isSeq(node) || isAlias(node)
    ? node.range?.[0]
    : undefined;
}

function duplicatesOf(
  path: string,
  map: YAMLMap,
  positionOf: (offset: number) => Position,
): ConfigProblem[] {
  const first = new Map<string, Position>();
  const problems: ConfigProblem[] = [];
  for (const { key } of map.items) {
    if (problems.length >= mostDuplicates) break;
    const text = keyTextOf(key);
    const position = positionOf(rangeStart(key) ?? rangeStart(map) ?? 0);
    if (text === null) {
      problems.push(
        problemAt(path, position, {
          code: 'config.wrong-shape',
          message: 'A key must be a plain name.',
          found: 'a list, a mapping or an alias as a key',
          allowed: 'a name',
        }),
      );
      continue;
    }
    const earlier = first.get(text);
    if (earlier === undefined) {
      first.set(text, position);
      continue;
    }
    problems.push(
      problemAt(path, position, {
        code: 'config.duplicate-key',
        message: `The key "${quote(text)}" is there twice; the first is on line ${earlier.line}.`,
        found: quote(text),
        allowed: 'each key once',
      }),
    );
  }
  return problems;
}

/** Where a quoted text starts that the parser found unclosed at `offset`, its end. */
function unclosedQuote(document: Document, offset: number): number | undefined {
  let start: number | undefined;
  visit(document, {
    Scalar: (_, { type, range }) => {
      const quoted = type === 'QUOTE_DOUBLE' || type === 'QUOTE_SINGLE';
      if (quoted && range && range[0] < offset && offset <= range[1]) start = range[0];
    },
  });
  return start;
}

/** What stands for a node: of an alias the node that it means, `undefined` when there is none. */
type Follow = (node: unknown) => unknown;

/** Looks for all anchors at once: asking each alias would read the file as often as there are some. */
function anchorsOf(document: Document): Follow {
  const anchors = new Map<string, unknown>();
  const targets = new Map<unknown, unknown>();
  visit(document, {
    Node: (_, node) => {
      if (isAlias(node)) targets.set(node, anchors.get(node.source));
      else if (node.anchor !== undefined) anchors.set(node.anchor, node);
    },
  });
  return (node) => (isAlias(node) ? targets.get(node) : node);
}

function isMergeable(follow: Follow, value: unknown): boolean {
  const target = follow(value);
  return isMap(target) || (isSeq(target) && target.items.every((item) => isMap(follow(item))));
}

type ReadNode = (node: unknown, fallback: Position) => YamlValue;

function createReader(follow: Follow, positionOf: (offset: number) => Position): ReadNode {
  const read: ReadNode = (node, fallback) => {
    const start = rangeStart(node);
    const position = start === undefined ? fallback : positionOf(start);
    const target = follow(node);
    if (isMap(target)) {
      return { kind: 'mapping', position, entries: () => entriesOf(target, new Set()) };
    }
    if (isSeq(target)) {
      return {
        kind: 'list',
        position,
        items: () => target.items.map((item) => read(item, position)),
      };
    }
    if (!isScalar(target)) return { kind: 'nothing', position };
    const text = typeof target.value === 'string' ? target.value : (target.source ?? '');
    const plain = target.type === undefined || target.type === 'PLAIN';
    if (plain && nothingTexts.includes(text)) {
      return { kind: 'nothing', position: text === '' ? fallback : position };
    }
    return { kind: 'scalar', position, scalar: { text, plain } };
  };
  // `merged` holds the mappings already seen: a mapping that merges itself ends there.
  const entriesOf = (map: YAMLMap, merged: Set<unknown>): Entry[] => {
    merged.add(map);
    const own: Entry[] = [];
    const inherited: Entry[] = [];
    for (const { key, value } of map.items) {
      const text = keyTextOf(key);
      if (text === null) continue;
      const position = positionOf(rangeStart(key) ?? rangeStart(map) ?? 0);
      if (text === '<<') inherited.push(...mergedEntries(value, merged));
      else own.push({ key: text, position, value: read(value, position) });
    }
    const known = new Set(own.map((entry) => entry.key));
    return [...own, ...firstOfEach(inherited, known)];
  };
  const mergedEntries = (value: unknown, merged: Set<unknown>): Entry[] => {
    const target = follow(value);
    const sources: readonly unknown[] = isSeq(target) ? target.items : [target];
    return sources.flatMap((source) => {
      const map = follow(source);
      return isMap(map) && !merged.has(map) ? entriesOf(map, merged) : [];
    });
  };
  return read;
}

function firstOfEach(entries: readonly Entry[], known: Set<string>): Entry[] {
  return entries.filter((entry) => {
    if (known.has(entry.key)) return false;
    known.add(entry.key);
    return true;
  });
}
