import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { CommandOutcome, Sandbox } from '@ds01/e2e';

const program = join(import.meta.dirname, 'faulty-main.ts');

/** A command that was started to be broken. */
export interface FaultyRun {
  readonly done: Promise<CommandOutcome>;
  /** Labels of its calls so far, the one that is about to be made included. */
  readonly calls: () => readonly string[];
  /** Resolves when it has come to a call, numbered from 0. */
  readonly cameTo: (index: number) => Promise<void>;
  /** Lets it go on after SIGSTOP. */
  readonly goOn: () => void;
}

/** What breaks it, and when. */
export interface Fault {
  /** Number of the call before which it gets the signal, from 0. */
  readonly at: number;
  readonly signal: 'SIGKILL' | 'SIGSTOP';
}

/** Runs a `ds01` command from its sources with a fault, or with none to see its calls. */
export function runFaulty(
  sandbox: Sandbox,
  words: readonly string[],
  fault: Fault | null = null,
): FaultyRun {
  const folder = mkdtempSync(join(tmpdir(), 'ds01-faulty-'));
  const callsFile = join(folder, 'calls');
  const settings = [
    `DS01_FAULT_CALLS=${callsFile}`,
    ...(fault === null ? [] : [`DS01_FAULT_AT=${fault.at}`, `DS01_FAULT_SIGNAL=${fault.signal}`]),
  ];
  const node = [process.execPath, '--conditions=@ds01/source', program, ...words];
  let seen: readonly string[] = [];
  const lines = (): readonly string[] => {
    if (existsSync(callsFile)) seen = readFileSync(callsFile, 'utf8').split('\n').slice(0, -1);
    return seen;
  };
  const calls = (): readonly string[] => lines().slice(1);
  let isOver = false;
  const done = sandbox.run(['env', ...settings, ...node], { timeoutMs: 60_000 }).finally(() => {
    isOver = true;
    calls();
    rmSync(folder, { recursive: true });
  });
  return {
    done,
    calls,
    cameTo: async (index) => {
      // A file that grows says nothing to whoever waits for it.
      while (!isOver && calls().length <= index) await setTimeout(5);
      if (calls().length <= index) throw new Error(`it ended before call ${index}`);
    },
    goOn: () => {
      process.kill(Number(lines()[0]), 'SIGCONT');
    },
  };
}

/** The calls that a command makes when nothing happens to it; throws what it said when it fails. */
export async function callsOf(
  sandbox: Sandbox,
  words: readonly string[],
): Promise<readonly string[]> {
  const run = runFaulty(sandbox, words);
  const { code, stdout, stderr } = await run.done;
  if (code !== 0) throw new Error(`${words.join(' ')}: ${stdout}${stderr}`);
  return run.calls();
}
