import type { BuildSpec } from '@ds01/ports';
import type { MemoryFiles } from './files.ts';

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

/** `false` and `exit N` fail, `echo` prints, anything else works and does nothing. */
export const runStepByDefault: RunStep = ({ command, write }) => {
  const words = /(?:^|[;&]\s*)echo ([^;&>]*)(?:$|[;&])/.exec(command)?.[1];
  if (words !== undefined) write(`${words.trim().replaceAll(/^(["'])(.*)\1$/g, '$2')}\n`);
  const code = /(?:^|[;&]\s*)exit (\d+)\s*$/.exec(command)?.[1];
  if (code !== undefined) return Number(code);
  return /(?:^|[;&]\s*)false\s*$/.test(command) ? 1 : 0;
};
