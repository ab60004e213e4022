import { parseDuration, siteSettingsSchema } from '@ds01/contracts';
import type { ConfigProblem, SiteSettings } from '@ds01/contracts';
import { fileStart, problemAt, quote } from './config-file.ts';
import type { ConfigFile, Position } from './config-file.ts';
import { nearestName } from './nearest-name.ts';
import { parseFlag, parseNumber } from './value-kinds.ts';
import { describe, parseYaml } from './yaml-source.ts';
import type { ScalarText, YamlValue } from './yaml-source.ts';

/** What `loadSiteSettings` gives. */
export interface LoadedSiteSettings {
  /** `null` when the file has an error: the last good settings stay in force. */
  readonly settings: SiteSettings | null;
  readonly problems: readonly ConfigProblem[];
}

/** Plain data of a file, and where each part of it is written. */
interface Places {
  readonly values: Map<string, YamlValue>;
  readonly keys: Map<string, Position>;
}

/**
 * Reads ds01.yaml. `null` is a site without the file: the defaults. Never throws; all problems at
 * once, with positions. A number in a key with a unit (`_ms`, `_s`, `_m`, `_h`, `_days`) may be
 * written as a duration (`90s`, `2d`).
 */
export function loadSiteSettings(file: ConfigFile | null): LoadedSiteSettings {
  if (file === null) return { settings: siteSettingsSchema.parse({}), problems: [] };
  const { source, problems } = parseYaml(file);
  if (source === null) return { settings: null, problems };
  const places: Places = { values: new Map(), keys: new Map() };
  const data = toData(source.root, [], places) ?? {};
  const parsed = siteSettingsSchema.safeParse(data);
  const found = parsed.success
    ? []
    : parsed.error.issues.flatMap((issue) => problemsOf(file.path, issue, places));
  const all = [...problems, ...found].toSorted(
    (left, right) => left.line - right.line || left.column - right.column,
  );
  return { settings: parsed.success && all.length === 0 ? parsed.data : null, problems: all };
}

const deepest = 6;
const mostValues = 20_000;

type Path = readonly PropertyKey[];

function pathText(path: Path): string {
  return path.map(String).join('.');
}

/** Null sections and values are left out, so that their defaults hold. */
function toData(value: YamlValue, path: Path, places: Places): unknown {
  // Deeper or larger than any valid file: an alias inside its own anchor, or aliases of aliases.
  if (path.length > deepest || places.values.size > mostValues) return undefined;
  places.values.set(pathText(path), value);
  if (value.kind === 'nothing') return undefined;
  if (value.kind === 'list') {
    return value.items().map((item, index) => toData(item, [...path, index], places));
  }
  if (value.kind === 'scalar') return toScalar(value.scalar, String(path.at(-1) ?? ''));
  const pairs: [string, unknown][] = [];
  for (const entry of value.entries()) {
    const inner = [...path, entry.key];
    places.keys.set(pathText(inner), entry.position);
    pairs.push([entry.key, toData(entry.value, inner, places)]);
  }
  return Object.fromEntries(pairs);
}

const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, days: 86_400_000 } as const;

function toScalar(scalar: ScalarText, key: string): unknown {
  if (!scalar.plain) return scalar.text;
  const unit = (['ms', 's', 'm', 'h', 'days'] as const).find((name) => key.endsWith(`_${name}`));
  const number = parseNumber(scalar.text);
  if (number !== undefined) return number;
  if (unit !== undefined) {
    const milliseconds = parseDuration(scalar.text, 's');
    return milliseconds === undefined ? scalar.text : milliseconds / unitMs[unit];
  }
  return parseFlag(scalar) ?? scalar.text;
}

interface Issue {
  readonly path: Path;
  readonly message: string;
  readonly code?: string;
  readonly keys?: readonly string[];
}

function problemsOf(file: string, issue: Issue, places: Places): ConfigProblem[] {
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(issue.path);
    return (issue.keys ?? []).map((key) => {
      const suggestion = nearestName(key, known);
      const where = pathText(issue.path);
      return problemAt(file, places.keys.get(pathText([...issue.path, key])) ?? fileStart, {
        code: 'config.unknown-key',
        message: `Unknown setting "${quote(key)}"${where === '' ? '' : ` in ${where}`}.`,
        found: quote(key),
        allowed: known.join(', ') || 'the keys that the documentation lists',
        suggestion,
      });
    });
  }
  const value = nearestValue(issue.path, places);
  return [
    problemAt(file, value?.position ?? fileStart, {
      code: 'config.invalid-value',
      message: `${pathText(issue.path) || 'The file'} must be ${issue.message}.`,
      found: value === undefined ? 'nothing' : foundAt(issue.path, value),
      allowed: issue.message,
    }),
  ];
}

/** Addresses with passwords and tokens in them: problems are events, and may be anybody's to read. */
const secrets = /^notify\.(?:webhooks\b|mail\.smtp$)/;

function foundAt(path: Path, value: YamlValue): string {
  if (value.kind === 'scalar' && secrets.test(pathText(path))) return 'an address, not shown here';
  return describe(value);
}

/** The value at a path, or the nearest one around it. */
function nearestValue(path: Path, places: Places): YamlValue | undefined {
  for (let length = path.length; length >= 0; length -= 1) {
    const value = places.values.get(pathText(path.slice(0, length)));
    if (value !== undefined) return value;
  }
  return undefined;
}

/** Keys that a section may have, read from the defaults and the schema itself. */
function knownKeys(path: Path): string[] {
  const defaults: unknown = siteSettingsSchema.parse({});
  let section: unknown = defaults;
  for (const key of path) {
    section = typeof section === 'object' && section !== null ? Reflect.get(section, key) : null;
  }
  return typeof section === 'object' && section !== null ? Object.keys(section) : [];
}
