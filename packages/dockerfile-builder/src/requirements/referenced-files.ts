import { logicalLines } from './logical-lines.ts';
import { optionsOffset, parseOptions } from './options.ts';
import { isSource, parseSource } from './source.ts';

/** A file or folder that a requirements file needs next to itself. */
export interface ReferencedFile {
  /**
   * `requirements` (`-r`) and `constraints` (`-c`) are relative to the file that names them, and may
   * name more; `path` (a folder with or without `-e`, a wheel, `--find-links`) is relative to where
   * pip runs.
   */
  readonly kind: 'requirements' | 'constraints' | 'path';
  /** As written, without `file:` and extras; never absolute, never an address. */
  readonly path: string;
  /** Line, from 1. */
  readonly line: number;
}

const kinds: Readonly<Record<string, ReferencedFile['kind']>> = {
  '--requirement': 'requirements',
  '--constraint': 'constraints',
  '--editable': 'path',
  '--find-links': 'path',
};

function relativePath(value: string): string | null {
  const plain = value.replace(/^file:(?!\/)/, '');
  return /^[a-z][a-z0-9+.-]*:/i.test(plain) || plain.startsWith('/') ? null : plain;
}

function pathOf(value: string): string | null {
  const result = parseSource(value);
  if (!result.ok || result.source.kind === 'vcs') return null;
  return relativePath(result.source.location.split('#')[0] ?? '');
}

/**
 * The files and folders that a requirements file names and that must be there when pip runs, in
 * their order. Lines that can't be read are passed over; `parseRequirements` says what is wrong.
 */
export function requirementFilesOf(text: string): readonly ReferencedFile[] {
  const content = text.startsWith('\uFEFF') ? text.slice(1) : text;
  return logicalLines(content).flatMap((line) => {
    const start = optionsOffset(line.text);
    const head = line.text.slice(0, start).trimEnd();
    const at = line.locate(0).line;
    if (head !== '') {
      const path = isSource(head) ? pathOf(head) : null;
      return path === null ? [] : [{ kind: 'path' as const, path, line: at }];
    }
    const parsed = parseOptions(line.text, start);
    if (!parsed.ok) return [];
    return parsed.options.flatMap(({ name, value }) => {
      const kind = kinds[name];
      if (kind === undefined || value === null) return [];
      const path = name === '--editable' ? pathOf(value) : relativePath(value);
      return path === null ? [] : [{ kind, path, line: at }];
    });
  });
}
