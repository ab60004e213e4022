import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { timestampsOf } from './render/timestamps.ts';

/** A fixed moment, so that what is compared doesn't change. */
export const moment = timestampsOf(new Date(2026, 6, 14, 9, 0, 26, 792));

/** An empty folder that goes away with the block that holds it. */
export const temporaryDirectory = (): { readonly path: string } & Disposable => {
  const path = mkdtempSync(join(tmpdir(), 'gpu-sim-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
};

/** Runs a program to its end (10 s at most) and returns what it printed. */
export const run = (
  program: string,
  argumentList: readonly string[] = [],
): { readonly stdout: string; readonly stderr: string; readonly exitCode: number | null } => {
  const { stdout, stderr, status } = spawnSync(program, argumentList, {
    encoding: 'utf8',
    timeout: 10_000,
  });
  return { stdout, stderr, exitCode: status };
};

const captureDirectory = fileURLToPath(
  new URL('../../../../shared/data/nvidia-smi', import.meta.url),
);

/** Whether recorded outputs of real drivers are at hand; they are not part of the repository. */
export const hasCaptures = existsSync(captureDirectory);

/** The recorded file whose name contains a word. */
export const readCapture = (word: string): string => {
  const name = readdirSync(captureDirectory).find((candidate) => candidate.includes(word));
  if (name === undefined) throw new Error(`no capture of ${word}`);
  return readFileSync(join(captureDirectory, name), 'utf8');
};

/** Sections of a recorded text file, by the title that its frame of `#` holds. */
export const captureSections = (text: string): ReadonlyMap<string, string> => {
  const parts = text.split(/^#{80}\n# (.+)\n(?:# \$.*\n)?#{80}\n/mu);
  const sections = new Map<string, string>();
  for (let index = 1; index + 1 < parts.length; index += 2) {
    sections.set(parts[index] ?? '', (parts[index + 1] ?? '').trimEnd());
  }
  return sections;
};
