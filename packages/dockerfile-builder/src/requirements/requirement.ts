import { validRange } from '@renovatebot/pep440';
import { createCursor, type Cursor } from './cursor.ts';
import { readMarker } from './marker.ts';
import { projectNamePattern } from './names.ts';
import type { OffsetProblem } from './text-problem.ts';

/** A package that is wanted, as PEP 508 writes it. */
export interface Requirement {
  /** As written; `normaliseName` makes it comparable. */
  readonly name: string;
  /** As written, in their order. */
  readonly extras: readonly string[];
  /** Version conditions without spaces, `>=2.0,<3`; empty for any version. */
  readonly specifier: string;
  /** The part after `;`, trimmed; `null` when it always counts. */
  readonly marker: string | null;
  /** Where to get it, `name @ url`; `null` for an index. */
  readonly url: string | null;
}

/** How reading a requirement ended. */
export type RequirementResult =
  | { readonly ok: true; readonly requirement: Requirement }
  | { readonly ok: false; readonly problem: OffsetProblem };

function readExtras(cursor: Cursor): string[] | null {
  const extras: string[] = [];
  if (!cursor.take('[')) return extras;
  cursor.skipSpace();
  if (cursor.take(']')) return extras;
  for (;;) {
    cursor.skipSpace();
    const extra = cursor.match(projectNamePattern);
    if (extra === null) return cursor.fail('the name of an extra is missing here');
    extras.push(extra);
    cursor.skipSpace();
    if (cursor.take(']')) return extras;
    if (!cursor.take(',')) return cursor.fail('extras end with ], and have a comma between them');
  }
}

function readClause(cursor: Cursor): string | null {
  const at = cursor.offset();
  const operator = cursor.match(/===|==|~=|!=|<=|>=|<|>/y);
  if (operator === null) {
    const hint = cursor.match(/=/y) === null ? null : 'a version is compared with ==, not with =';
    return cursor.fail('a version condition such as >=2.0 was expected here', hint, at);
  }
  cursor.skipSpace();
  const version = cursor.match(operator === '===' ? /[^\s;),]+/y : /[A-Za-z0-9.+!*_-]+/y);
  if (version === null) return cursor.fail(`a version is missing after ${operator}`);
  const clause = operator + version;
  if (operator === '===' || (validRange(clause) && !isPreReleasePrefix(version))) return clause;
  return cursor.fail(`${clause} is no version condition of PEP 440`, hintOf(operator, version), at);
}

/** `1.0a1.*`: a prefix is made of the numbers of releases (PEP 440, "Version matching"). */
function isPreReleasePrefix(version: string): boolean {
  return version.endsWith('.*') && /[a-uw-z]/i.test(version);
}

function hintOf(operator: string, version: string): string | null {
  if (version.includes('*')) return 'a * stands at the end, as in ==2.1.*, and only with == and !=';
  if (operator === '~=' && !version.includes('.')) return '~= needs two parts, such as ~=2.1';
  return null;
}

function readSpecifier(cursor: Cursor): string | null {
  const bracket = cursor.take('(');
  const clauses: string[] = [];
  for (;;) {
    cursor.skipSpace();
    if (cursor.atEnd() || /[;)]/.test(cursor.text[cursor.offset()] ?? '')) break;
    const clause = readClause(cursor);
    if (clause === null) return null;
    clauses.push(clause);
    cursor.skipSpace();
    if (!cursor.take(',')) break;
  }
  cursor.skipSpace();
  if (bracket && !cursor.take(')')) return cursor.fail('a closing bracket is missing here');
  return clauses.join(',');
}

function readRest(
  cursor: Cursor,
  parts: { readonly url: string | null; readonly specifier: string },
): { readonly marker: string | null } | null {
  cursor.skipSpace();
  if (cursor.atEnd()) return { marker: null };
  if (!cursor.take(';')) {
    const hint = parts.specifier === '' ? null : 'conditions have a comma between them';
    return cursor.fail('the requirement should end here, or go on with ;', hint);
  }
  cursor.skipSpace();
  const start = cursor.offset();
  if (readMarker(cursor) === null) return null;
  const marker = cursor.text.slice(start, cursor.offset()).trim();
  cursor.skipSpace();
  return cursor.atEnd()
    ? { marker }
    : cursor.fail('the marker should end here, or go on with "and" or "or"');
}

function readRequirement(cursor: Cursor): Requirement | null {
  cursor.skipSpace();
  const name = cursor.match(projectNamePattern);
  if (name === null) {
    return cursor.fail('a package name was expected here', 'names begin with a letter or a digit');
  }
  cursor.skipSpace();
  const extras = readExtras(cursor);
  if (extras === null) return null;
  cursor.skipSpace();
  let url: string | null = null;
  let specifier: string | null = '';
  if (cursor.take('@')) {
    cursor.skipSpace();
    url = cursor.match(/\S+/y);
    if (url === null) return cursor.fail('an address is missing after @');
  } else if (!cursor.atEnd() && cursor.text[cursor.offset()] !== ';') {
    specifier = readSpecifier(cursor);
  }
  if (specifier === null) return null;
  const rest = readRest(cursor, { url, specifier });
  return rest === null ? null : { name, extras, specifier, marker: rest.marker, url };
}

/**
 * One requirement of PEP 508: name, extras, version conditions (each checked against PEP 440) or an
 * address, marker. Takes no options and no comments; those belong to `parseRequirements`.
 *
 * @example
 * parseRequirement('torch>=2.1; python_version<"3.12"');
 * // { ok: true, requirement: { name: 'torch', specifier: '>=2.1', marker: 'python_version<"3.12"', ... } }
 */
export function parseRequirement(spec: string): RequirementResult {
  const cursor = createCursor(spec);
  const requirement = readRequirement(cursor);
  if (requirement !== null) return { ok: true, requirement };
  const problem = cursor.problem() ?? { offset: 0, message: 'no requirement', hint: null };
  return { ok: false, problem };
}

/** A requirement as one line of text; `parseRequirement` gives it back. */
export function formatRequirement(requirement: Requirement): string {
  const extras = requirement.extras.length === 0 ? '' : `[${requirement.extras.join(',')}]`;
  const address = requirement.url === null ? requirement.specifier : ` @ ${requirement.url}`;
  const gap = requirement.url === null ? '' : ' ';
  const marker = requirement.marker === null ? '' : `${gap}; ${requirement.marker}`;
  return `${requirement.name}${extras}${address}${marker}`;
}
