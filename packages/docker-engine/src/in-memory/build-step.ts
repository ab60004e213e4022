import { posix } from 'node:path';
import type { BuildSpec } from '@ds01/ports';
import { filesOf, type MemoryFiles } from './files.ts';

/** What the command of a `RUN` sees and may change. */
export interface InMemoryBuildStep {
  readonly command: string;
  readonly env: readonly string[];
  readonly user: string;
  readonly workingDirectory: string;
  /** By absolute path; what is put in becomes the step's layer. */
  readonly files: MemoryFiles;
  readonly spec: BuildSpec;
  /** The container that it runs in. */
  readonly containerId: string;
  /** Aborts when the build is cancelled. */
  readonly signal: AbortSignal;
  readonly write: (text: string) => void;
}

/** Runs the command of a `RUN` and gives its exit code. */
export type RunStep = (step: InMemoryBuildStep) => Promise<number> | number;

/**
 * Understands single commands joined by `;` or `&&`: `echo` prints, into a file with `> path`;
 * `exit N` and `false` fail; anything else works and does nothing.
 */
export const runStepByDefault: RunStep = (step) => {
  for (const command of step.command.split(/\s*(?:;|&&)\s*/)) {
    const [, said, path] = /^echo (.*?)(?:\s*>\s*(\S+))?$/.exec(command) ?? [];
    if (said !== undefined) echo(step, said.replace(/^(["'])(.*)\1$/, '$2'), path);
    const code = /^exit (\d+)$/.exec(command)?.[1];
    if (code !== undefined && code !== '0') return Number(code);
    if (command === 'false') return 1;
  }
  return 0;
};

function echo(step: InMemoryBuildStep, text: string, path: string | undefined): void {
  const line = `${text}\n`;
  if (path === undefined) return step.write(line);
  const at = posix.resolve('/', step.workingDirectory, path);
  for (const [above, file] of filesOf({ [at]: line })) step.files.set(above, file);
}
