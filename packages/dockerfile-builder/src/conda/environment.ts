import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Node,
} from 'yaml';
import type { RequirementLine } from '../requirements/requirements-file.ts';
import { parseRequirements } from '../requirements/requirements-file.ts';
import type { TextProblem } from '../requirements/text-problem.ts';
import { parseCondaSpec, type CondaSpec } from './match-spec.ts';

/** What an `environment.yml` says. */
export interface CondaEnvironment {
  /** `null` when the file gives none. */
  readonly name: string | null;
  /** In their order: the first one wins. */
  readonly channels: readonly string[];
  readonly packages: readonly (CondaSpec & { readonly line: number; readonly text: string })[];
  /** What its `pip:` part says, as lines of a requirements file. */
  readonly pip: readonly RequirementLine[];
  /** `variables:`, values as text. */
  readonly variables: Readonly<Record<string, string>>;
}

/** How reading it ended; `problems` has every one, at least one. */
export type CondaEnvironmentResult =
  | {
      readonly ok: true;
      readonly environment: CondaEnvironment;
      readonly warnings: readonly TextProblem[];
    }
  | { readonly ok: false; readonly problems: readonly TextProblem[] };

const file = 'environment.yml';
const knownKeys = new Set([
  'name',
  'channels',
  'dependencies',
  'prefix',
  'variables',
  'platforms',
  'category',
]);

type Say = (node: unknown, message: string, hint?: string | null) => void;

interface Reader {
  readonly place: (node: unknown) => { readonly line: number; readonly column: number };
  readonly problem: Say;
  readonly warning: Say;
}

/** Nothing is there: the key is missing, or has no value. */
function isAbsent(node: unknown): boolean {
  return node === null || node === undefined || (isScalar(node) && node.value === null);
}

/** The strings of a list, each with its node; anything else in it is a problem. */
function stringsOf(node: unknown, what: string, reader: Reader): { text: string; node: Node }[] {
  if (isAbsent(node)) return [];
  if (!isSeq(node)) {
    reader.problem(node, `${what} must be a list`, 'each line of it begins with "- "');
    return [];
  }
  return node.items.flatMap((item) => {
    if (isScalar(item) && typeof item.value === 'string') return [{ text: item.value, node: item }];
    reader.problem(item, `${what} has something that is no text`, 'put it between quotes');
    return [];
  });
}

function readPip(node: unknown, reader: Reader): RequirementLine[] {
  return stringsOf(node, 'pip', reader).flatMap(({ text, node: item }) => {
    const place = reader.place(item);
    const result = parseRequirements(text);
    if (!result.ok) {
      for (const found of result.problems) reader.problem(item, found.message, found.hint);
      return [];
    }
    for (const found of result.warnings) reader.warning(item, found.message, found.hint);
    return result.lines.map((line) => ({ ...line, ...place }));
  });
}

function readDependencies(node: unknown, reader: Reader) {
  const packages: (CondaSpec & { line: number; text: string })[] = [];
  const pip: RequirementLine[] = [];
  if (!isAbsent(node) && !isSeq(node)) {
    reader.problem(node, 'dependencies must be a list', 'each line of it begins with "- "');
  }
  for (const item of isSeq(node) ? node.items : []) {
    if (isScalar(item) && typeof item.value === 'string') {
      const spec = parseCondaSpec(item.value);
      const hint = 'name=version, name>=version or channel::name';
      if (spec === null) reader.problem(item, 'this is no package as conda writes it', hint);
      else packages.push({ ...spec, line: reader.place(item).line, text: item.value });
    } else if (isMap(item)) {
      for (const pair of item.items) {
        const key = isPair(pair) && isScalar(pair.key) ? String(pair.key.value) : '';
        if (key === 'pip') pip.push(...readPip(pair.value, reader));
        else reader.problem(pair.key, `${key}: is no installer that is known here`, 'only pip: is');
      }
    } else {
      reader.problem(item, 'a package was expected here', null);
    }
  }
  return { packages, pip };
}

function readVariables(node: unknown, reader: Reader): Record<string, string> {
  if (isAbsent(node)) return {};
  if (!isMap(node)) {
    reader.problem(node, 'variables must be names with values', null);
    return {};
  }
  return Object.fromEntries(
    node.items.flatMap(({ key, value }) => {
      if (!isScalar(key) || !isScalar(value)) return [];
      // As written: `1.10` is not the number 1.1 here.
      const text = typeof value.value === 'string' ? value.value : (value.source ?? '');
      return [[String(key.value), text] as const];
    }),
  );
}

/** Far more than an environment has; what is made to take a reader's time isn't read. */
const lengthMax = 200_000;
const tooLong: TextProblem = {
  file,
  line: 1,
  column: 1,
  message: `the file has more than ${lengthMax} characters`,
  hint: 'an environment.yml names packages; conda list --explicit makes a lock of any length',
};

/**
 * A conda `environment.yml` as plain data. Refuses broken YAML, what is no list where one belongs,
 * packages and pip lines that their tools would refuse; warns of keys that conda doesn't know, of a
 * `prefix`, and of a `pip:` part without `pip` as a package. An empty file is an empty environment; one of
 * more than 200,000 characters is refused.
 */
export function parseCondaEnvironment(text: string): CondaEnvironmentResult {
  if (text.length > lengthMax) return { ok: false, problems: [tooLong] };
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  const at = (offset: number) => {
    const { line, col } = lineCounter.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const problems: TextProblem[] = document.errors.map((error) => ({
    file,
    ...at(error.pos[0]),
    message: error.message,
    hint: null,
  }));
  if (problems.length > 0) return { ok: false, problems };
  const warnings: TextProblem[] = [];
  const place = (node: unknown) => {
    const known = isScalar(node) || isMap(node) || isSeq(node) || isAlias(node);
    return at(known ? (node.range?.[0] ?? 0) : 0);
  };
  const sayTo =
    (list: TextProblem[]): Say =>
    (node, message, hint = null) =>
      void list.push({ file, ...place(node), message, hint });
  const reader: Reader = { place, problem: sayTo(problems), warning: sayTo(warnings) };
  const root = document.contents;
  if (root !== null && !isMap(root)) {
    reader.problem(root, 'an environment begins with name:, channels: and dependencies:', null);
    return { ok: false, problems };
  }
  for (const pair of root?.items ?? []) {
    const key = isScalar(pair.key) ? String(pair.key.value) : '';
    if (!knownKeys.has(key)) reader.warning(pair.key, `conda does not know ${key}:`, null);
    if (key === 'prefix') {
      reader.warning(pair.key, 'prefix: is a folder of the machine that wrote it', 'leave it out');
    }
  }
  const channels = stringsOf(root?.get('channels', true), 'channels', reader);
  const dependencies = root?.get('dependencies', true);
  const { packages, pip } = readDependencies(dependencies, reader);
  const variables = readVariables(root?.get('variables', true), reader);
  if (pip.length > 0 && !packages.some((spec) => spec.name === 'pip')) {
    reader.warning(
      dependencies,
      'there is a pip: part, but pip is no package of it',
      'add "- pip"',
    );
  }
  if (problems.length > 0) return { ok: false, problems };
  const name = root?.get('name');
  const environment: CondaEnvironment = {
    name: typeof name === 'string' ? name : null,
    channels: channels.map((channel) => channel.text),
    packages,
    pip,
    variables,
  };
  return { ok: true, environment, warnings };
}
