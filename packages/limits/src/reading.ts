import type { ConfigProblem, ConfigProblemCode, LimitValue } from '@ds01/contracts';
import { problemAt, quote } from './config-file.ts';
import { nearestName } from './nearest-name.ts';
import { isNoLimit, parseFlag } from './value-kinds.ts';
import type { ValueKind } from './value-kinds.ts';
import { describe } from './yaml-source.ts';
import type { Entry, Report, YamlValue } from './yaml-source.ts';

/** Known names; a pair is a former name and today's, which is the one to suggest. */
export type KnownNames = readonly (string | readonly [former: string, name: string])[];

/**
 * Reads the values of one file and collects what is wrong with them. Every method reports a problem
 * and gives `undefined` (or an empty list) for a value of another shape; a null section is empty.
 */
export interface Reading {
  readonly path: string;
  readonly problems: readonly ConfigProblem[];
  readonly report: Report;
  /** Reports a value that isn't allowed. */
  readonly invalid: (value: YamlValue, where: string, allowed: string) => void;
  /** Keys of a mapping. */
  readonly entries: (value: YamlValue, where: string) => readonly Entry[];
  /** Items of a list. */
  readonly items: (value: YamlValue, where: string) => readonly YamlValue[];
  /** A limit's value; `null` is no limit. */
  readonly limit: (entry: Entry, kind: ValueKind, where: string) => LimitValue | undefined;
  readonly flag: (entry: Entry, where: string) => boolean | undefined;
  /** A text, trimmed; `pattern` is what it must look like and `allowed` says so. */
  readonly text: (
    value: YamlValue,
    where: string,
    rule: { readonly pattern: RegExp; readonly allowed: string },
  ) => string | undefined;
  readonly unknownKey: (entry: Entry, where: string, known: KnownNames) => void;
  /** Notes a key that is read and has no effect. */
  readonly obsolete: (entry: Entry, where: string) => void;
  /** Notes a key that has a new name. */
  readonly deprecated: (entry: Entry, newName: string) => void;
}

/** Whoever has more unknown keys in a file than this needs no hint at each: it isn't a slip. */
const mostSuggestions = 500;

/** A reader for the file at `path`. */
export function createReading(path: string): Reading {
  const problems: ConfigProblem[] = [];
  let unknownKeys = 0;
  const report: Report = (position, finding) => {
    problems.push(problemAt(path, position, finding));
  };
  const refuse =
    (code: ConfigProblemCode) => (value: YamlValue, where: string, allowed: string) => {
      const message = `${where} must be ${allowed}.`;
      report(value.position, { code, message, found: describe(value), allowed });
    };
  const invalid = refuse('config.invalid-value');
  const wrongShape = refuse('config.wrong-shape');
  return {
    path,
    problems,
    report,
    invalid,
    entries: (value, where) => {
      if (value.kind === 'mapping') return value.entries();
      if (value.kind !== 'nothing') wrongShape(value, where, 'a mapping of keys to values');
      return [];
    },
    items: (value, where) => {
      if (value.kind === 'list') return value.items();
      if (value.kind !== 'nothing') wrongShape(value, where, 'a list');
      return [];
    },
    limit: ({ key, value }, kind, where) => {
      const isNull =
        value.kind === 'nothing' || (value.kind === 'scalar' && isNoLimit(value.scalar));
      if (isNull && kind.unlimited) return null;
      const parsed = value.kind === 'scalar' && !isNull ? kind.parse(value.scalar) : undefined;
      if (parsed === undefined) invalid(value, joined(where, key), kind.allowed);
      return parsed;
    },
    flag: ({ key, value }, where) => {
      const parsed = value.kind === 'scalar' ? parseFlag(value.scalar) : undefined;
      if (parsed === undefined) invalid(value, joined(where, key), 'true or false');
      return parsed;
    },
    text: (value, where, rule) => {
      const text = value.kind === 'scalar' ? value.scalar.text.trim() : undefined;
      if (text !== undefined && rule.pattern.test(text)) return text;
      invalid(value, where, rule.allowed);
      return undefined;
    },
    unknownKey: (entry, where, known) => {
      const names = new Map(known.map((name) => (typeof name === 'string' ? [name, name] : name)));
      unknownKeys += 1;
      const nearest = unknownKeys > mostSuggestions ? null : nearestName(entry.key, names.keys());
      const suggestion = names.get(nearest ?? '') ?? null;
      const place = where === '' ? '' : ` in ${where}`;
      const hint = suggestion === null ? '' : ` Did you mean "${suggestion}"?`;
      report(entry.position, {
        code: 'config.unknown-key',
        message: `Unknown key "${quote(entry.key)}"${place}.${hint}`,
        found: quote(entry.key),
        allowed: [...new Set(names.values())].join(', '),
        suggestion,
      });
    },
    obsolete: (entry, where) => {
      report(entry.position, {
        severity: 'notice',
        code: 'config.obsolete-key',
        message: `${joined(where, entry.key)} has no effect any more and can be removed.`,
        found: quote(entry.key),
        allowed: 'leaving the key out',
      });
    },
    deprecated: (entry, newName) => {
      report(entry.position, {
        severity: 'warning',
        code: 'config.deprecated-key',
        message: `"${entry.key}" is the former name of "${newName}".`,
        found: quote(entry.key),
        allowed: newName,
        suggestion: newName,
      });
    },
  };
}

function joined(where: string, key: string): string {
  return where === '' ? key : `${where}.${key}`;
}
