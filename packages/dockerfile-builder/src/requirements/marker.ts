import { createCursor, type Cursor } from './cursor.ts';
import type { OffsetProblem } from './text-problem.ts';

/** One side of a comparison in an environment marker. */
export interface MarkerOperand {
  readonly kind: 'variable' | 'string';
  readonly value: string;
}

/** An environment marker: when a requirement counts. PEP 508, "Environment Markers". */
export type Marker =
  | {
      readonly kind: 'compare';
      readonly left: MarkerOperand;
      readonly operator: string;
      readonly right: MarkerOperand;
    }
  | { readonly kind: 'and' | 'or'; readonly operands: readonly Marker[] };

/**
 * Variables of the dependency specifiers specification, of PEP 751, and the old spellings with dots
 * that pip still reads.
 */
const variables = new Set([
  'python_version',
  'python_full_version',
  'os_name',
  'sys_platform',
  'platform_release',
  'platform_system',
  'platform_version',
  'platform_machine',
  'platform_python_implementation',
  'implementation_name',
  'implementation_version',
  'extra',
  'extras',
  'dependency_groups',
  'os.name',
  'sys.platform',
  'platform.version',
  'platform.machine',
  'platform.python_implementation',
  'python_implementation',
]);

const maximumDepth = 50;

function readOperand(cursor: Cursor): MarkerOperand | null {
  cursor.skipSpace();
  const at = cursor.offset();
  const quoted = cursor.match(/'[^']*'|"[^"]*"/y);
  if (quoted !== null) return { kind: 'string', value: quoted.slice(1, -1) };
  if (cursor.match(/['"]/y) !== null)
    return cursor.fail('this text has no closing quote', null, at);
  const word = cursor.match(/[A-Za-z_][\w.]*/y);
  if (word === null) return cursor.fail('a marker variable or a quoted text is missing here');
  if (!variables.has(word)) {
    const hint = `a text must be quoted; variables are ${[...variables].slice(0, 12).join(', ')}`;
    return cursor.fail(`${word} is no marker variable`, hint, at);
  }
  return { kind: 'variable', value: word };
}

function readOperator(cursor: Cursor): string | null {
  cursor.skipSpace();
  const operator = cursor.match(/===|==|~=|!=|<=|>=|<|>|in\b|not\s+in\b/y);
  if (operator === null) {
    return cursor.fail('a comparison is missing here', 'such as python_version < "3.12"');
  }
  return operator.startsWith('not') ? 'not in' : operator;
}

function readAtom(cursor: Cursor, depth: number): Marker | null {
  cursor.skipSpace();
  if (!cursor.take('(')) {
    const left = readOperand(cursor);
    const operator = left === null ? null : readOperator(cursor);
    const right = operator === null ? null : readOperand(cursor);
    if (left === null || operator === null || right === null) return null;
    return { kind: 'compare', left, operator, right };
  }
  if (depth >= maximumDepth) return cursor.fail('too many brackets inside each other');
  const inner = readChain(cursor, 'or', depth + 1);
  if (inner === null) return null;
  cursor.skipSpace();
  return cursor.take(')') ? inner : cursor.fail('a closing bracket is missing here');
}

function readChain(cursor: Cursor, kind: 'and' | 'or', depth: number): Marker | null {
  const readPart = () =>
    kind === 'or' ? readChain(cursor, 'and', depth) : readAtom(cursor, depth);
  const first = readPart();
  if (first === null) return null;
  const operands = [first];
  for (;;) {
    cursor.skipSpace();
    if (cursor.match(kind === 'or' ? /or\b/y : /and\b/y) === null) break;
    const next = readPart();
    if (next === null) return null;
    operands.push(next);
  }
  return operands.length === 1 ? first : { kind, operands };
}

/** Reads the marker that begins where the cursor stands. `null`: the cursor knows what is wrong. */
export function readMarker(cursor: Cursor): Marker | null {
  return readChain(cursor, 'or', 0);
}

/**
 * A marker, without the `;` before it, as a tree: `and` binds closer than `or`. Refuses, with the
 * offset in the text, what the grammar of PEP 508 does not have.
 */
export function parseMarker(
  text: string,
):
  | { readonly ok: true; readonly marker: Marker }
  | { readonly ok: false; readonly problem: OffsetProblem } {
  const cursor = createCursor(text);
  const marker = readMarker(cursor);
  cursor.skipSpace();
  if (marker !== null && cursor.atEnd()) return { ok: true, marker };
  if (marker !== null) cursor.fail('the marker should end here, or go on with "and" or "or"');
  const problem = cursor.problem() ?? { offset: 0, message: 'no marker', hint: null };
  return { ok: false, problem };
}
