import { readDirectives } from './directives.ts';
import { readFlags } from './flags.ts';
import { heredocOpenings, readHeredocs } from './heredocs.ts';
import { isBlank, skipBlanks, type SourceLine, sourceLines, trimEnd } from './lines.ts';
import { createLogicalText } from './logical-text.ts';
import { textOddities } from './oddities.ts';
import { stagesOf } from './stages.ts';
import type {
  DockerfileDocument,
  DockerfileInstruction,
  DockerfileOddity,
  LogicalText,
} from './types.ts';

/**
 * Cuts a Dockerfile into instructions as the engines do (`frontend/dockerfile/parser` of BuildKit,
 * which the classic builder uses as well), with the offset of everything. Never fails: what isn't
 * an instruction that anybody knows is there under its own keyword, what engines don't agree about is
 * in `oddities`.
 */
export function readDockerfile(text: string): DockerfileDocument {
  const lines = sourceLines(text, text.startsWith('\uFEFF') ? 1 : 0);
  const { escape, directives, oddities: directiveOddities } = readDirectives(text, lines);
  const oddities: DockerfileOddity[] = [...directiveOddities, ...textOddities(text)];
  const instructions: Omit<DockerfileInstruction, 'stage'>[] = [];
  for (let at = 0; at < lines.length;) {
    const line = lines[at];
    if (line === undefined) break;
    const start = skipBlanks(text, line.start, line.end);
    if (start === line.end || text[start] === '#') {
      at += 1;
      continue;
    }
    const read = readInstruction(text, { lines, at, start, escape, index: instructions.length });
    instructions.push(read.instruction);
    oddities.push(...read.oddities);
    at = read.next;
  }
  const { staged, stages } = stagesOf(instructions);
  return {
    text,
    escape,
    newline: newlineOf(text, lines),
    directives,
    instructions: staged,
    stages,
    oddities,
  };
}

/** Reads the instruction behind ONBUILD, which is one line; `null` when there is none. */
export function readTrigger(text: string, escape: '\\' | '`'): DockerfileInstruction | null {
  const lines = sourceLines(text, 0);
  const start = skipBlanks(text, 0, lines[0]?.end ?? 0);
  if (lines.length !== 1 || start === text.length) return null;
  const { instruction } = readInstruction(text, { lines, at: 0, start, escape, index: 0 });
  return { ...instruction, stage: null };
}

interface ReadOptions {
  readonly lines: readonly SourceLine[];
  readonly at: number;
  readonly start: number;
  readonly escape: string;
  readonly index: number;
}

function readInstruction(text: string, options: ReadOptions) {
  const { lines, at, start, escape, index } = options;
  const joined = joinLines(text, options);
  const logical = joined.logical;
  const { keyword, argumentsAt } = splitKeyword(logical);
  const { flags, bodyAt } = readFlags(logical.text, argumentsAt);
  const { openings, certain } = heredocOpenings(logical.text, { keyword, argumentsAt, escape });
  const { heredocs, next } = readHeredocs(text, { lines, from: joined.next, openings });
  const last = lines[next - 1];
  const endOffset = heredocs.length > 0 ? (last?.end ?? text.length) : joined.endOffset;
  const startLine = at + 1;
  const oddities: DockerfileOddity[] = [...joined.oddities];
  if (heredocs.length > 0 || !certain) oddities.push({ kind: 'heredoc', line: startLine });
  if (heredocs.some(({ terminated }) => !terminated)) {
    oddities.push({ kind: 'unterminated-heredoc', line: startLine });
  }
  const instruction = {
    index,
    keyword,
    startLine,
    endLine: heredocs.length > 0 ? next : joined.endLine,
    startOffset: start,
    endOffset,
    text: text.slice(start, endOffset),
    logical,
    argumentsAt,
    flags,
    bodyAt,
    heredocs,
  };
  return { instruction, next, oddities };
}

/** Joins continuation lines; comments and blank lines between them are passed over. */
function joinLines(text: string, { lines, at, start, escape }: ReadOptions) {
  const logical = createLogicalText(text);
  const oddities: DockerfileOddity[] = [];
  let next = at;
  let endOffset = start;
  let endLine = at + 1;
  for (let more = true; more && next < lines.length; next += 1) {
    const line = lines[next];
    if (line === undefined) break;
    const first = next === at;
    const content = skipBlanks(text, line.start, line.end);
    if (!first && (content === line.end || text[content] === '#')) continue;
    const trimmed = trimEnd(text, line.start, line.end);
    more = text[trimmed - 1] === escape;
    if (more && text[trimmed - 2] === escape) {
      oddities.push({ kind: 'double-escape', line: next + 1 });
    }
    const end = more ? trimmed - 1 : line.end;
    logical.add(first ? start : line.start, end);
    endOffset = line.end;
    endLine = next + 1;
  }
  const built = logical.build();
  const end = trimEnd(built.text, 0, built.text.length);
  if (built.text[end - 1] === escape) oddities.push({ kind: 'escape-at-end', line: endLine });
  return { logical: built, next, endOffset, endLine, oddities };
}

function splitKeyword({ text }: LogicalText): { keyword: string; argumentsAt: number } {
  const start = skipBlanks(text, 0, text.length);
  let end = start;
  while (end < text.length && !isBlank(text, end)) end += 1;
  return {
    keyword: text.slice(start, end).toUpperCase(),
    argumentsAt: skipBlanks(text, end, text.length),
  };
}

function newlineOf(text: string, lines: readonly SourceLine[]): '\n' | '\r\n' {
  const windows = lines.filter(({ end, next }) => next - end === 2).length;
  const unix = lines.filter(({ end, next }) => next - end === 1 && text[end] === '\n').length;
  return windows > unix ? '\r\n' : '\n';
}
