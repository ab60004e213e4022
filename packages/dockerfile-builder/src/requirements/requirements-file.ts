import { logicalLines, type LogicalLine } from './logical-lines.ts';
import { optionsOffset, parseOptions, type ParsedOption } from './options.ts';
import { parseRequirement, type Requirement } from './requirement.ts';
import { isSource, parseSource, type RequirementSource } from './source.ts';
import type { OffsetProblem, TextProblem } from './text-problem.ts';
import { credentialWarnings, variableWarnings } from './warnings.ts';

/** An option that stands behind a requirement, such as `--config-settings`. */
export interface RequirementOption {
  /** Its long name. */
  readonly name: string;
  readonly value: string;
}

interface Located {
  /** Where it begins, from 1. */
  readonly line: number;
  readonly column: number;
  /** The whole of it, continuations joined, without comment. */
  readonly text: string;
}

interface Installed {
  /** `sha256:...`, every one that is allowed. */
  readonly hashes: readonly string[];
  /** Its other options. */
  readonly options: readonly RequirementOption[];
}

/**
 * What a line of a requirements file says. `${NAME}` is kept as written everywhere. `package`: by
 * name. `source`: from a place; `editable` with `-e`. `file`: `-r` or `-c`, relative to the file that
 * names it. `option`: for the whole file, by its long name.
 */
export type RequirementLine =
  | (Located & Installed & { readonly kind: 'package'; readonly requirement: Requirement })
  | (Located &
      Installed & {
        readonly kind: 'source';
        readonly source: RequirementSource;
        readonly editable: boolean;
      })
  | (Located & {
      readonly kind: 'file';
      readonly relation: 'requirements' | 'constraints';
      readonly path: string;
    })
  | (Located & { readonly kind: 'option'; readonly name: string; readonly value: string | null });

/** How reading a requirements file ended. `problems` has every one, in their order, at least one. */
export type RequirementsResult =
  | {
      readonly ok: true;
      readonly lines: readonly RequirementLine[];
      readonly warnings: readonly TextProblem[];
    }
  | { readonly ok: false; readonly problems: readonly TextProblem[] };

/** What is collected while lines are read. */
interface Collector {
  readonly lines: RequirementLine[];
  readonly problem: (problem: OffsetProblem) => void;
  readonly warning: (warning: OffsetProblem) => void;
}

const digits: Readonly<Record<string, number>> = { sha256: 64, sha384: 96, sha512: 128 };

function badHash(option: ParsedOption): OffsetProblem | null {
  const [algorithm = '', digest = ''] = (option.value ?? '').split(':');
  const length = digits[algorithm];
  if (length !== undefined && digest.length === length && /^[0-9a-fA-F]+$/.test(digest))
    return null;
  const message = 'this is no hash that pip takes';
  const hint = 'sha256: and 64 hexadecimal digits, or sha384: and 96, or sha512: and 128';
  return { offset: option.valueOffset, message, hint };
}

function installedOf(options: readonly ParsedOption[], collect: Collector): Installed {
  for (const option of options) {
    const problem = option.name === '--hash' ? badHash(option) : null;
    if (problem !== null) collect.problem(problem);
    if (!option.perRequirement) {
      const message = `pip does not look at ${option.name} behind a requirement`;
      collect.warning({ offset: option.offset, message, hint: 'give it a line of its own' });
    }
  }
  const own = options.filter((option) => option.perRequirement);
  return {
    hashes: own.flatMap((option) => (option.name === '--hash' ? [option.value ?? ''] : [])),
    options: own.flatMap(({ name, value }) =>
      name === '--hash' ? [] : [{ name, value: value ?? '' }],
    ),
  };
}

function readInstalled(
  line: LogicalLine,
  given: { readonly head: string; readonly options: readonly ParsedOption[] },
  collect: Collector,
): void {
  const base = { ...line.locate(0), text: line.text };
  const installed = installedOf(given.options, collect);
  if (isSource(given.head)) {
    const result = parseSource(given.head);
    if (!result.ok) return collect.problem(result.problem);
    const { source } = result;
    collect.lines.push({ ...base, ...installed, kind: 'source', source, editable: false });
    return;
  }
  const result = parseRequirement(given.head);
  if (!result.ok) return collect.problem(result.problem);
  const { requirement } = result;
  collect.lines.push({ ...base, ...installed, kind: 'package', requirement });
}

function readEditable(
  line: LogicalLine,
  option: ParsedOption,
  given: { readonly options: readonly ParsedOption[]; readonly collect: Collector },
): void {
  const { collect } = given;
  const result = parseSource(option.value ?? '');
  if (!result.ok) {
    collect.problem({ ...result.problem, offset: option.valueOffset + result.problem.offset });
    return;
  }
  if (result.source.kind === 'url') {
    const message = '--editable takes a folder or a repository, not the address of a file';
    collect.problem({ offset: option.valueOffset, message, hint: null });
    return;
  }
  const rest = given.options.filter((other) => other !== option);
  const installed = installedOf(rest, collect);
  const base = { ...line.locate(0), text: line.text };
  collect.lines.push({
    ...base,
    ...installed,
    kind: 'source',
    source: result.source,
    editable: true,
  });
}

function readOptionLine(
  line: LogicalLine,
  options: readonly ParsedOption[],
  collect: Collector,
): void {
  const editable = options.find((option) => option.name === '--editable');
  if (editable !== undefined) {
    readEditable(line, editable, { options, collect });
    return;
  }
  for (const option of options) {
    const base = { ...line.locate(option.offset), text: line.text };
    if (option.perRequirement) {
      const message = `${option.name} belongs behind a requirement`;
      const hint = 'the line before it may lack its \\ at the end';
      collect.problem({ offset: option.offset, message, hint });
    } else if (option.name === '--requirement' || option.name === '--constraint') {
      const relation = option.name === '--requirement' ? 'requirements' : 'constraints';
      collect.lines.push({ ...base, kind: 'file', relation, path: option.value ?? '' });
    } else {
      collect.lines.push({ ...base, kind: 'option', name: option.name, value: option.value });
    }
  }
}

function readLine(line: LogicalLine, collect: Collector): void {
  if (line.text.endsWith('\\')) {
    const message = 'this \\ does not continue the line';
    const hint = 'it must be the very last character: take away the space or comment after it';
    return collect.problem({ offset: line.text.length - 1, message, hint });
  }
  const start = optionsOffset(line.text);
  const parsed = parseOptions(line.text, start);
  if (!parsed.ok) return collect.problem(parsed.problem);
  const head = line.text.slice(0, start).trimEnd();
  if (head === '') readOptionLine(line, parsed.options, collect);
  else readInstalled(line, { head, options: parsed.options }, collect);
}

function hashWarnings(lines: readonly RequirementLine[], file: string | null): TextProblem[] {
  const installed = lines.filter((line) => line.kind === 'package' || line.kind === 'source');
  if (!installed.some((line) => line.hashes.length > 0)) return [];
  return installed
    .filter((line) => line.hashes.length === 0)
    .map((line) => ({
      file,
      line: line.line,
      column: line.column,
      message: 'pip refuses the file: as soon as one requirement has a --hash, all need one',
      hint: 'pip-compile --generate-hashes, or uv pip compile --generate-hashes, writes them all',
    }));
}

/** Characters that no text file has, at the place of the first one. */
function binaryProblem(text: string, file: string | null): TextProblem | null {
  const at = text.search(/[\0\uFFFD]/);
  if (at === -1) return null;
  const before = text.slice(0, at).split('\n');
  return {
    file,
    line: before.length,
    column: (before.at(-1) ?? '').length + 1,
    message: 'this is no text in UTF-8',
    hint: 'save it as UTF-8; files made with > in PowerShell are UTF-16',
  };
}

/**
 * A requirements file as pip reads it, each line with its place. An empty file has no lines and is
 * fine. Problems are what pip would refuse, and unknown options; warnings are what it takes but a
 * person should know: credentials in addresses, `${NAME}`, options that are not looked at, hashes
 * for only a part. Files that it names are not read. `file` is only repeated in problems.
 * Source: pip, "Requirements File Format"; PEP 508; PEP 440.
 *
 * @example
 * const result = parseRequirements('numpy>=1.26,<3\ntorch==2.8.0; sys_platform == "linux"\n');
 * if (result.ok) console.log(result.lines.map((line) => line.kind)); // ['package', 'package']
 */
export function parseRequirements(
  text: string,
  options: { readonly file?: string } = {},
): RequirementsResult {
  const file = options.file ?? null;
  const content = text.startsWith('\uFEFF') ? text.slice(1) : text;
  const binary = binaryProblem(content, file);
  if (binary !== null) return { ok: false, problems: [binary] };
  const lines: RequirementLine[] = [];
  const problems: TextProblem[] = [];
  const warnings: TextProblem[] = [];
  for (const line of logicalLines(content)) {
    const place = ({ offset, message, hint }: OffsetProblem): TextProblem => ({
      file,
      ...line.locate(offset),
      message,
      hint,
    });
    const warning = (found: OffsetProblem) => void warnings.push(place(found));
    readLine(line, { lines, problem: (found) => void problems.push(place(found)), warning });
    for (const found of credentialWarnings(line.text)) warning(found);
    for (const found of variableWarnings(line.text)) warning(found);
  }
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, lines, warnings: [...warnings, ...hashWarnings(lines, file)] };
}
