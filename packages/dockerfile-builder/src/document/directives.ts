import type { DockerfileDirective, DockerfileOddity } from './types.ts';
import { skipBlanks, type SourceLine } from './lines.ts';

interface Directives {
  readonly escape: '\\' | '`';
  readonly directives: DockerfileDirective[];
  readonly oddities: DockerfileOddity[];
}

const known = new Set(['syntax', 'escape', 'check']);

/**
 * Directives at the top: lines `# name=value` before anything else, a blank line included. An escape
 * directive that engines of different age read differently is an oddity: one that isn't on the first
 * line or behind `syntax`, is repeated, or is followed by more than one character.
 */
export function readDirectives(text: string, lines: readonly SourceLine[]): Directives {
  const directives: DockerfileDirective[] = [];
  const oddities: DockerfileOddity[] = [];
  let escape: '\\' | '`' = '\\';
  let done = false;
  let isSet = false;
  for (const [index, line] of lines.entries()) {
    const directive = directiveOf(text, line, index + 1);
    done ||= directive === null || !known.has(directive.name);
    if (directive === null) break;
    if (!done) directives.push(directive);
    if (directive.name !== 'escape') continue;
    const { value } = directive;
    if (done || isSet || (value !== '\\' && value !== '`')) {
      oddities.push({ kind: 'escape-directive', line: index + 1 });
    } else escape = value;
    isSet = true;
  }
  return { escape, directives, oddities };
}

function directiveOf(text: string, line: SourceLine, number: number): DockerfileDirective | null {
  const start = skipBlanks(text, line.start, line.end);
  if (text[start] !== '#') return null;
  const content = text.slice(start + 1, line.end);
  const equals = content.indexOf('=');
  if (equals === -1) return null;
  const name = content.slice(0, equals).trim().toLowerCase();
  return /^[a-z][a-z0-9]*$/.test(name)
    ? { name, value: content.slice(equals + 1).trim(), line: number }
    : null;
}
