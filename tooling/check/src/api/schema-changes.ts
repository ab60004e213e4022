import { isDeepStrictEqual } from 'node:util';
import { alternativesOf, tagsOf, type Alternative } from './alternatives.ts';
import type { ApiDocument, ApiSchema } from './document.ts';
import type { BreakingChange, BreakingRule } from './rules.ts';

/** Two documents, the released one and that of now. */
export interface Documents {
  readonly released: ApiDocument;
  readonly current: ApiDocument;
}

/** A schema in both documents. */
export interface SchemaPair {
  readonly released: ApiSchema;
  readonly current: ApiSchema;
}

/** Whether it is sent or answered. */
export type Direction = 'input' | 'output';

interface Place {
  readonly documents: Documents;
  readonly direction: Direction;
  readonly where: string;
}

/**
 * What breaks clients between two schemas: of what is sent, everything has to be taken that was taken;
 * of what is answered, nothing may come that never came, but for further fields and further values of
 * an enumeration, which clients pass over.
 */
export function schemaChanges(pair: SchemaPair, place: Place): readonly BreakingChange[] {
  const released = alternativesOf(place.documents.released, pair.released);
  const current = alternativesOf(place.documents.current, pair.current);
  const isInput = place.direction === 'input';
  const isOnlyOne = released.length === 1 && current.length === 1;
  const [asked, allowed] = isInput ? [released, current] : [current, released];
  return asked.flatMap((one) => {
    const tried = allowed
      .filter((other) => fits(one, other) && (isOnlyOne || haveSameTags(place, one, other)))
      .map((other) => (isInput ? compared(one, other, place) : compared(other, one, place)));
    const best = tried.toSorted((left, right) => left.length - right.length)[0];
    if (best !== undefined) return best;
    const rule = isInput ? 'input-type-narrowed' : 'output-type-widened';
    return [change(rule, place, nameOfKind(place, one))];
  });
}

function fits(one: Alternative, other: Alternative): boolean {
  return (
    one.type === other.type ||
    other.type === 'any' ||
    (one.type === 'integer' && other.type === 'number')
  );
}

/** Objects are compared with those of their own kind, where something tells kinds apart. */
function haveSameTags({ documents, direction }: Place, one: Alternative, other: Alternative) {
  const [left, right] =
    direction === 'input'
      ? [documents.released, documents.current]
      : [documents.current, documents.released];
  const tags = tagsOf(left, one);
  const others = tagsOf(right, other);
  const shared = [...tags.keys()].filter((name) => others.has(name));
  return shared.every((name) => isDeepStrictEqual(tags.get(name), others.get(name)));
}

function compared(
  released: Alternative,
  current: Alternative,
  place: Place,
): readonly BreakingChange[] {
  const own = place.direction === 'input' ? inputRules : outputRules;
  return [
    ...own.flatMap((rule) => rule(released, current, place)),
    ...fieldChanges(released, current, place),
    ...inner(released.items, current.items, { ...place, where: `${place.where}[]` }),
    ...inner(openFields(released), openFields(current), { ...place, where: `${place.where}.*` }),
  ];
}

type Rule = (
  released: Alternative,
  current: Alternative,
  place: Place,
) => readonly BreakingChange[];

const inputRules: readonly Rule[] = [
  (released, current, place) => {
    if (current.values === null) return [];
    if (released.values === null) return [change('input-value-removed', place, 'all but some')];
    const taken = current.values;
    return released.values
      .filter((value) => !taken.some((one) => isDeepStrictEqual(one, value)))
      .map((value) => change('input-value-removed', place, JSON.stringify(value)));
  },
  (released, current, place) => [
    ...tightened(lowerBounds, (before, now) => now > before, { released, current, place }),
    ...tightened(upperBounds, (before, now) => now < before, { released, current, place }),
  ],
  (released, current, place) =>
    ['pattern', 'format', 'multipleOf']
      .filter((key) => current.keywords[key] !== undefined)
      .filter((key) => released.keywords[key] !== current.keywords[key])
      .map((key) =>
        change('input-pattern-changed', place, `${key} ${String(current.keywords[key])}`),
      ),
  (released, current, place) =>
    released.others !== false && current.others === false && released.type === 'object'
      ? [change('input-closed', place, 'no further fields')]
      : [],
  (released, current, place) =>
    isDeepStrictEqual(released.keywords['default'], current.keywords['default'])
      ? []
      : [
          change(
            'default-changed',
            place,
            `${text(released.keywords['default'])} -> ${text(current.keywords['default'])}`,
          ),
        ],
];

const outputRules: readonly Rule[] = [
  ({ values: before }, { values: now }, place) =>
    before?.length === 1 && !isDeepStrictEqual(before, now)
      ? [change('output-value-changed', place, `${text(before[0])} -> ${text(now?.[0])}`)]
      : [],
  (released, current, place) =>
    released.keywords['format'] === current.keywords['format'] ||
    released.keywords['format'] === undefined
      ? []
      : [change('output-format-changed', place, text(current.keywords['format']))],
];

const lowerBounds = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties'];
const upperBounds = ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties'];

function tightened(
  keys: readonly string[],
  isTighter: (before: number, now: number) => boolean,
  { released, current, place }: Record<'released' | 'current', Alternative> & { place: Place },
): readonly BreakingChange[] {
  return keys.flatMap((key) => {
    const before = released.keywords[key];
    const now = current.keywords[key];
    if (typeof now !== 'number' || (typeof before === 'number' && !isTighter(before, now)))
      return [];
    return [change('input-bound-tightened', place, `${key} ${text(before)} -> ${text(now)}`)];
  });
}

function fieldChanges(
  released: Alternative,
  current: Alternative,
  place: Place,
): readonly BreakingChange[] {
  const isInput = place.direction === 'input';
  const gone = Object.keys(released.fields).filter((name) => !(name in current.fields));
  const required = isInput
    ? current.required.filter((name) => !released.required.includes(name))
    : released.required.filter(
        (name) => name in current.fields && !current.required.includes(name),
      );
  const removedRule = isInput ? 'input-field-removed' : 'output-field-removed';
  const requiredRule = isInput ? 'input-field-required' : 'output-field-optional';
  return [
    ...gone
      .filter(() => !isInput || current.others === false)
      .map((name) => change(removedRule, place, name)),
    ...required.map((name) => change(requiredRule, place, name)),
    ...Object.keys(released.fields).flatMap((name) =>
      inner(released.fields[name] ?? null, current.fields[name] ?? null, {
        ...place,
        where: `${place.where}.${name}`,
      }),
    ),
  ];
}

function inner(
  released: ApiSchema | null,
  current: ApiSchema | null,
  place: Place,
): readonly BreakingChange[] {
  return released === null || current === null ? [] : schemaChanges({ released, current }, place);
}

function openFields({ others }: Alternative): ApiSchema | null {
  return typeof others === 'object' ? others : null;
}

function nameOfKind({ documents, direction }: Place, one: Alternative): string {
  const tags = tagsOf(direction === 'input' ? documents.released : documents.current, one);
  return [one.type, ...[...tags].map(([name, value]) => `${name} ${text(value)}`)].join(' ');
}

function text(value: unknown): string {
  return value === undefined ? 'none' : JSON.stringify(value);
}

function change(rule: BreakingRule, { where }: Place, message: string): BreakingChange {
  return { rule, where, message };
}
