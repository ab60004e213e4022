import type { ShellWord } from '../shell/read-commands.ts';
import { pipValueOptions } from './options.ts';

/** The last part of a path. */
export const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** Words of which the first are read, one after the other. */
interface Reader {
  readonly values: readonly string[];
  at: number;
}

/** How many words `pip install` and what stands before it are; `null` when a command is another one. */
export function pythonToolLength(words: readonly ShellWord[]): number | null {
  const values = words.slice(0, 24).map(({ value }) => value);
  const reader = { values, at: wrapperLength(words) };
  const name = baseName(values[reader.at] ?? '');
  reader.at += 1;
  const tool = /^python[0-9.]*$/.test(name) ? moduleOf(reader) : name;
  const isRead = tool === 'uv' ? next(reader, 'pip') : /^pip[0-9.]*$/.test(tool);
  return isRead && next(reader, 'install') ? reader.at : null;
}

/** How many words `sudo -E`, `env A=b`, `exec` or `conda run -n x` in front of a command are. */
export function wrapperLength(words: readonly ShellWord[]): number {
  const values = words.slice(0, 16).map(({ value }) => value);
  const name = baseName(values[0] ?? '');
  const behind = (from: number, isPart: (value: string, before: string) => boolean): number => {
    let at = from;
    while (at < values.length && isPart(values[at] ?? '', values[at - 1] ?? '')) at += 1;
    return at;
  };
  if (name === 'sudo' || name === 'exec') return behind(1, (value) => value.startsWith('-'));
  if (name === 'env') return behind(1, (value) => /^[A-Za-z_]\w*=/.test(value));
  const isRun = /^(conda|mamba|micromamba)$/.test(name) && values[1] === 'run';
  return isRun
    ? behind(2, (value, before) => value.startsWith('-') || environmentOptions.has(before))
    : 0;
}

const environmentOptions = new Set(['-n', '--name', '-p', '--prefix', '--cwd']);

/** What follows `-m`, options of Python aside; nothing when something else does. */
function moduleOf(reader: Reader): string {
  while (/^-[bBEIsSuv]+$/.test(reader.values[reader.at] ?? '')) reader.at += 1;
  const [option, module = ''] = reader.values.slice(reader.at, reader.at + 2);
  reader.at += 2;
  return option === '-m' ? module : '';
}

/** Whether a word is next, options aside. */
function next(reader: Reader, word: string): boolean {
  for (;;) {
    const value = reader.values[reader.at];
    reader.at += 1;
    if (value === undefined || !value.startsWith('-')) return value === word;
    if (pipValueOptions.has(value)) reader.at += 1;
  }
}
