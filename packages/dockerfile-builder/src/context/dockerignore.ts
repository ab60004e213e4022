import type { TextProblem } from '../requirements/text-problem.ts';
import { cleanPath, globToRegExp } from './glob.ts';

interface Rule {
  readonly pattern: RegExp;
  readonly exception: boolean;
}

/** Says of each path of a context whether it is left out. */
export interface IgnoreRules {
  /** `path` is relative, with `/` and without `.` in front. Its folders count too. */
  readonly ignores: (path: string) => boolean;
  /** Patterns that Docker would refuse; the rest of the rules still holds. */
  readonly problems: readonly TextProblem[];
}

function readRules(text: string): {
  readonly rules: readonly Rule[];
  readonly problems: readonly TextProblem[];
} {
  const rules: Rule[] = [];
  const problems: TextProblem[] = [];
  for (const [index, raw] of text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    // Only at the very beginning of a line is # a comment.
    const content = raw.startsWith('#') ? '' : raw.trim();
    if (content === '') continue;
    const exception = content.startsWith('!');
    const written = exception ? content.slice(1).trim() : content;
    const cleaned = written === '' ? null : cleanPath(written);
    const pattern = cleaned === null ? null : globToRegExp(cleaned, { doubleStar: true });
    if (pattern !== null) {
      rules.push({ pattern, exception });
      continue;
    }
    // A pattern above the root matches nothing.
    if (written !== '' && cleaned === null) continue;
    const message = written === '' ? 'there is nothing after !' : 'this pattern is malformed';
    const column = raw.length - raw.trimStart().length + 1;
    problems.push({ file: '.dockerignore', line: index + 1, column, message, hint: null });
  }
  return { rules, problems };
}

function createFolderMatcher(rules: readonly Rule[]) {
  const known = new Map<string, readonly boolean[]>();
  /** For each rule, whether a folder or one above it matches. */
  const matches = (folder: string): readonly boolean[] => {
    const found = known.get(folder);
    if (found !== undefined) return found;
    const slash = folder.lastIndexOf('/');
    const above = slash === -1 ? null : matches(folder.slice(0, slash));
    const result = rules.map(
      ({ pattern }, index) => above?.[index] === true || pattern.test(folder),
    );
    known.set(folder, result);
    return result;
  };
  return matches;
}

/**
 * The rules of a `.dockerignore`: the last one that matches a path, or a folder that it is in, wins;
 * `!` makes an exception, `**` is any number of folders, `#` begins a comment only at the beginning
 * of a line, capitals count. An exception holds inside folders that are left out, too, as with BuildKit;
 * the classic client doesn't look there. Docker documentation, ".dockerignore files"; moby/patternmatcher.
 */
export function readDockerignore(text: string): IgnoreRules {
  const { rules, problems } = readRules(text);
  const matchFolder = createFolderMatcher(rules);
  const ignores = (path: string): boolean => {
    const slash = path.lastIndexOf('/');
    const above = slash === -1 ? null : matchFolder(path.slice(0, slash));
    let ignored = false;
    for (const [index, { pattern, exception }] of rules.entries()) {
      if (ignored !== exception) continue;
      if (above?.[index] === true || pattern.test(path)) ignored = !exception;
    }
    return ignored;
  };
  return { ignores, problems };
}
