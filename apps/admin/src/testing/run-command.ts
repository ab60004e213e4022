import { EventEmitter } from 'node:events';
import { runProgram, type Host } from '@ds01/command-line';
import type { CallId, RouteInput, RouteOutput } from '@ds01/contracts';
import type { Api } from '@ds01/ports';
import { program } from '../program.ts';
import type { Runtime } from '../runtime.ts';

/** Answers by operation, made from what is asked. */
export type Answers = {
  readonly [Id in CallId]?: (input: RouteInput<Id>) => RouteOutput<Id>;
};

/** How a command went. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What was asked, in order. */
  readonly calls: readonly { readonly id: string; readonly input: unknown }[];
}

/** Runs `ds01-admin` with some words against ready answers, as in a script: without a terminal. */
export async function runCommand(words: readonly string[], answers: Answers): Promise<Ran> {
  const calls: { id: string; input: unknown }[] = [];
  const printed = { stdout: '', stderr: '' };
  const missing = (id: string) => Promise.reject(new Error(`${id} was not expected`));
  const api: Api = {
    call: async (id, input) => {
      calls.push({ id, input });
      const answer = answers[id];
      return answer === undefined ? missing(id) : answer(input);
    },
    session: missing,
    stream: missing,
  };
  const host = scriptHost(printed);
  await runProgram<Runtime>({
    program,
    argv: ['node', 'ds01-admin', ...words],
    host,
    openRuntime: () => ({ api, mode: 'daemon', directly: null, close: () => undefined }),
  });
  return { code: Number(host.exitCode ?? 0), ...printed, calls };
}

function scriptHost(printed: { stdout: string; stderr: string }): Host {
  const stream = new EventEmitter();
  const writer = (name: 'stdout' | 'stderr') => (text: string) => {
    printed[name] += text;
    return true;
  };
  return {
    env: {},
    stdin: {},
    stdout: { write: writer('stdout'), on: (event, listener) => stream.on(event, listener) },
    stderr: { write: writer('stderr') },
    on: () => undefined,
    off: () => undefined,
  };
}
