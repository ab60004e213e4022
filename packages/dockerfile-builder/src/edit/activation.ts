import type { ShellCommand } from '../shell/read-commands.ts';
import { baseName } from './tool-words.ts';

/** Scripts that set up a shell and do nothing else. */
const scripts = new Set(['activate', 'conda.sh', 'mamba.sh', 'setup.bash', '.bashrc', '.profile']);

/** Whether a command only sets up what the commands behind it in the same RUN work in. */
export function isActivation({ words }: ShellCommand): boolean {
  const [first = '', second = ''] = words.map(({ value }) => value);
  if (first === '.' || first === 'source') return scripts.has(baseName(second));
  if (first === 'export') return true;
  if (/^(conda|mamba|micromamba)$/.test(baseName(first))) return second === 'activate';
  return first === 'eval' && /\b(conda|mamba|micromamba|pyenv)\b/.test(second);
}
