import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The engine's process: from the pid file in its folder, else Docker's own. `null` when unknown. */
export function enginePid(engineDirectory: string): number | null {
  for (const path of [join(engineDirectory, 'engine.pid'), '/run/docker.pid']) {
    const text = readText(path).trim();
    if (/^\d{1,10}$/.test(text) && readText(`/proc/${text}/comm`) !== '') return Number(text);
  }
  return null;
}

/** Options of the topmost mount at a path as a process sees it; `null` when nothing is mounted. */
export function mountOptionsAt(pid: number | 'self', path: string): readonly string[] | null {
  let options: readonly string[] | null = null;
  for (const line of readText(`/proc/${pid}/mountinfo`).split('\n')) {
    const fields = line.split(' ');
    if (fields[4] !== undefined && unescapePath(fields[4]) === path) {
      options = (fields[5] ?? '').split(',');
    }
  }
  return options;
}

/** mountinfo writes blanks, tabs, newlines and backslashes as three octal digits. */
function unescapePath(path: string): string {
  return path.replaceAll(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
