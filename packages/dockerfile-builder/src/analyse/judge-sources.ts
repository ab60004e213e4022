import type {
  DockerfileDocument,
  DockerfileInstruction,
  DockerfileProblem,
} from '../document/types.ts';
import { problemAt } from './problems.ts';
import { processWord } from './process-word.ts';
import type { ContextSource, RemoteSource } from './types.ts';
import { jsonWords, rawWords } from './words.ts';

interface JudgedSources {
  readonly context: ContextSource | null;
  readonly remote: readonly RemoteSource[];
  readonly problems: readonly DockerfileProblem[];
}

/** What a COPY or ADD from the context takes: its sources as paths, and those that aren't paths. */
export function judgeSources(
  document: DockerfileDocument,
  instruction: DockerfileInstruction,
  line: number,
): JudgedSources {
  const { logical, bodyAt, keyword } = instruction;
  const body = logical.text.slice(bodyAt).trim();
  const refuse = (message: string, hint: string): JudgedSources => {
    const problem = { code: 'dockerfile.sources', message, hint, at: bodyAt };
    const problems = [problemAt(document, instruction, problem)];
    return { context: null, remote: [], problems };
  };
  const json = jsonWords(body);
  if (json === 'unclear') {
    return refuse(
      `${keyword} begins like a JSON array and isn't one.`,
      'Write ["source", "destination"], or plain words.',
    );
  }
  const words = json ?? rawWords(body, document.escape);
  if (words.length < 2) {
    return refuse(
      `${keyword} needs a source and a destination.`,
      `Write ${keyword} source destination.`,
    );
  }
  const sources: string[] = [];
  const remote: RemoteSource[] = [];
  let variable = false;
  for (const word of words.slice(0, -1)) {
    // Variables are those of the build: ENV, ARG and the base may set any, defaults notwithstanding.
    const processed = processWord(word, { escape: document.escape, values: null });
    if (!processed.ok && !word.includes('$')) {
      return refuse(
        `A source of ${keyword} can't be read: ${processed.reason}.`,
        'Mend its quotes.',
      );
    }
    if (!processed.ok || (keyword === 'ADD' && word.includes('$'))) {
      variable = true;
      if (keyword === 'ADD') remote.push({ line, source: word, kind: 'variable' });
      continue;
    }
    if (json === null && processed.value.startsWith('--')) {
      return refuse(
        `A source of ${keyword} begins with "--" and is no flag there.`,
        'Put flags first, unquoted; write ./ in front of a file of that name.',
      );
    }
    const bare = word.replaceAll(/[\\`'"]/g, '');
    const kind = keyword === 'ADD' ? (remoteKind(processed.value) ?? remoteKind(bare)) : null;
    if (kind === null) sources.push(relativePath(processed.value));
    else remote.push({ line, source: processed.value, kind });
  }
  const context =
    variable || sources.length > 0 ? { line, sources: variable ? null : sources } : null;
  return { context, remote, problems: [] };
}

/** Whether a source would be fetched; in doubt it would. */
function remoteKind(source: string): 'url' | 'git' | null {
  if (/^(git@|git:|github\.com\/)|\.git#/i.test(source) || isRemoteShell(source)) return 'git';
  return /^[a-z][a-z0-9+.-]*:\/|:\/\//i.test(source) ? 'url' : null;
}

/** `user@host:path`, as ssh has it. */
function isRemoteShell(source: string): boolean {
  const slash = source.indexOf('/');
  const head = slash === -1 ? source : source.slice(0, slash);
  const at = head.indexOf('@');
  return at !== -1 && head.includes(':', at);
}

/** A path below the context as the engine takes it: `/a`, `./a` and `../a` are `a`; all of it is `.`. */
function relativePath(source: string): string {
  const parts: string[] = [];
  for (const part of source.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.length === 0 ? '.' : parts.join('/');
}
