import {
  parametersOf,
  responsesOf,
  type ApiContent,
  type ApiDocument,
  type ApiOperation,
  type ApiParameter,
} from './document.ts';
import type { BreakingChange } from './rules.ts';
import { schemaChanges, type Direction, type Documents } from './schema-changes.ts';

/** Everything that breaks a client of the released document, by the rules of `breakingRules`. */
export function breakingChanges(
  released: ApiDocument,
  current: ApiDocument,
): readonly BreakingChange[] {
  const documents = { released, current };
  const operations = Object.entries(released.paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, before]) => {
      const now = current.paths[path]?.[method];
      const message = `${method.toUpperCase()} ${path}`;
      if (now !== undefined) return operationChanges(documents, before, now);
      return [{ rule: 'operation-removed', where: before.operationId, message } as const];
    }),
  );
  return unique([...operations, ...codeChanges(documents)]);
}

function operationChanges(
  documents: Documents,
  before: ApiOperation,
  now: ApiOperation,
): readonly BreakingChange[] {
  const where = before.operationId;
  return [
    ...(now.operationId === where
      ? []
      : [{ rule: 'operation-renamed', where, message: now.operationId } as const]),
    ...accessChanges(before, now),
    ...parameterChanges(documents, before, now),
    ...bodyChanges(documents, before, now),
    ...answerChanges(documents, before, now),
  ];
}

/** Each way in which somebody might call has to be there still. */
function accessChanges(before: ApiOperation, now: ApiOperation): readonly BreakingChange[] {
  const isOpen = ({ security }: ApiOperation): boolean => security.length === 0;
  const isKept = (way: Way): boolean => now.security.some((other) => asksNoMore(other, way));
  if (isOpen(now) || (!isOpen(before) && before.security.every(isKept))) return [];
  const message = JSON.stringify(now.security);
  return [{ rule: 'access-narrowed', where: before.operationId, message }];
}

type Way = ApiOperation['security'][number];

/** Scopes of which each reaches what those before it reach. */
const scopes = ['read', 'write', 'admin'];

function asksNoMore(now: Way, before: Way): boolean {
  const isSameDoor = Object.keys(now).join(' ') === Object.keys(before).join(' ');
  const reaches = (had: string, scope: string): boolean =>
    had === scope || scopes.slice(0, scopes.indexOf(had)).includes(scope);
  return (
    isSameDoor &&
    Object.entries(now).every(([scheme, wanted]) =>
      wanted.every((scope) => before[scheme]?.some((had) => reaches(had, scope))),
    )
  );
}

function parameterChanges(
  documents: Documents,
  before: ApiOperation,
  now: ApiOperation,
): readonly BreakingChange[] {
  const isSame = (one: ApiParameter) => (other: ApiParameter) =>
    one.name.toLowerCase() === other.name.toLowerCase() && one.in === other.in;
  const known = parametersOf(documents.released, before);
  const present = parametersOf(documents.current, now);
  const kept = known.flatMap((one) => {
    const where = `${before.operationId} ${one.in} ${one.name}`;
    const other = present.find(isSame(one));
    if (other === undefined) {
      return [{ rule: 'parameter-removed', where, message: one.name } as const];
    }
    const pair = { released: one.schema, current: other.schema };
    return schemaChanges(pair, { documents, direction: 'input', where });
  });
  const needed = present
    .filter(({ required }) => required)
    .filter((one) => known.find(isSame(one))?.required !== true)
    .map((one) => {
      const where = `${before.operationId} ${one.in} ${one.name}`;
      return { rule: 'parameter-required', where, message: one.name } as const;
    });
  return [...kept, ...needed];
}

function bodyChanges(
  documents: Documents,
  before: ApiOperation,
  now: ApiOperation,
): readonly BreakingChange[] {
  const where = `${before.operationId} body`;
  const isNeeded = now.requestBody?.required === true && before.requestBody?.required !== true;
  return [
    ...(isNeeded ? [{ rule: 'body-required', where, message: 'required' } as const] : []),
    ...contentChanges(
      documents,
      { released: before.requestBody?.content ?? {}, current: now.requestBody?.content ?? {} },
      { direction: 'input', where },
    ),
  ];
}

function answerChanges(
  documents: Documents,
  before: ApiOperation,
  now: ApiOperation,
): readonly BreakingChange[] {
  const present = responsesOf(documents.current, now);
  return [...responsesOf(documents.released, before)].flatMap(([status, response]) => {
    const where = `${before.operationId} ${status}`;
    const other = present.get(status);
    // Problems are known by their codes, wherever they come from.
    if (other === undefined) {
      return isGood(status) ? [{ rule: 'status-removed', where, message: status } as const] : [];
    }
    const headers = Object.keys(response.headers)
      .filter((name) => !(name in other.headers))
      .map((message) => ({ rule: 'answer-header-removed', where, message }) as const);
    const content = { released: response.content, current: other.content };
    return [...headers, ...contentChanges(documents, content, { direction: 'output', where })];
  });
}

const isGood = (status: string): boolean => /^[123]/.test(status);

function contentChanges(
  documents: Documents,
  { released, current }: { readonly released: ApiContent; readonly current: ApiContent },
  { direction, where }: { readonly direction: Direction; readonly where: string },
): readonly BreakingChange[] {
  const rule = direction === 'input' ? 'body-type-removed' : 'answer-type-removed';
  return Object.entries(released).flatMap(([type, before]) => {
    const now = current[type];
    if (now === undefined) return [{ rule, where, message: type } as const];
    const line = { released: before['x-ds01-line'] ?? {}, current: now['x-ds01-line'] ?? {} };
    return [
      ...schemaChanges(
        { released: before.schema, current: now.schema },
        { documents, direction, where },
      ),
      ...schemaChanges(line, { documents, direction, where: `${where} line` }),
    ];
  });
}

/** Codes by status, from the schemas `Problem404` and the like. */
function codeChanges({ released, current }: Documents): readonly BreakingChange[] {
  const now = codesOf(current);
  return [...codesOf(released)].flatMap(([schema, codes]) =>
    [...codes]
      .filter((code) => now.get(schema)?.has(code) !== true)
      .map((message) => ({ rule: 'code-removed', where: schema, message }) as const),
  );
}

function codesOf(document: ApiDocument): ReadonlyMap<string, ReadonlySet<string>> {
  return new Map(
    Object.entries(document.components.schemas)
      .filter(([name]) => /^Problem\d{3}$/.test(name))
      .map(([name, schema]) => {
        const found = JSON.stringify(schema).matchAll(/"([a-z][a-z-]*\.[a-z][a-z-]*)"/g);
        return [name, new Set([...found].map(([, code = '']) => code))];
      }),
  );
}

function unique(changes: readonly BreakingChange[]): readonly BreakingChange[] {
  return [...new Map(changes.map((one) => [JSON.stringify(one), one])).values()];
}
