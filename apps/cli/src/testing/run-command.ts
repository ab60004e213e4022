import { EventEmitter } from 'node:events';
import { runProgram, type Host } from '@ds01/command-line';
import type { CallId, RouteInput, RouteOutput } from '@ds01/contracts';
import type { Api, ApiOptions } from '@ds01/ports';
import { program } from '../program.ts';
import type { Runtime } from '../runtime.ts';

/** Answers by operation, ready or made from what is asked; an error is thrown by making it. */
export type Answers = {
  readonly [Id in CallId]?: (
    input: RouteInput<Id>,
    options?: ApiOptions,
  ) => RouteOutput<Id> | Promise<RouteOutput<Id>>;
};

/** What else a command finds. */
export interface RunWorld {
  /** Answers streams; without it none is expected. */
  readonly stream?: Api['stream'];
  /** Emits `SIGINT` and the like. */
  readonly signals?: EventEmitter;
  /** Where the operations run; a daemon when left out. */
  readonly mode?: Runtime['mode'];
  /** Gets what is printed as it is printed. */
  readonly printed?: { stdout: string; stderr: string };
}

/** How a command went. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What was asked, in order. */
  readonly calls: readonly { readonly id: string; readonly input: unknown }[];
}

/** Runs `ds01` with some words against ready answers, as in a script: without a terminal. */
export async function runCommand(
  words: readonly string[],
  answers: Answers,
  world: RunWorld = {},
): Promise<Ran> {
  const calls: { id: string; input: unknown }[] = [];
  const printed = world.printed ?? { stdout: '', stderr: '' };
  const host = scriptHost(printed, world.signals ?? new EventEmitter());
  await runProgram<Runtime>({
    program,
    argv: ['node', 'ds01', ...words],
    host,
    openRuntime: () => ({
      api: { ...answering(answers, calls), ...(world.stream && { stream: world.stream }) },
      mode: world.mode ?? 'daemon',
      actFor: null,
      credentialsFile: null,
      keepLimits: async () => Promise.resolve(),
      close: async () => Promise.resolve(),
    }),
  });
  return { code: Number(host.exitCode ?? 0), ...printed, calls };
}

function answering(answers: Answers, calls: { id: string; input: unknown }[]): Api {
  const missing = (id: string) => Promise.reject(new Error(`${id} was not expected`));
  return {
    call: async (id, input, options) => {
      calls.push({ id, input });
      const answer = answers[id];
      return answer === undefined ? missing(id) : answer(input, options);
    },
    session: missing,
    stream: missing,
  };
}

function scriptHost(printed: { stdout: string; stderr: string }, signals: EventEmitter): Host {
  const stream = new EventEmitter();
  return {
    env: {},
    stdin: {},
    stdout: {
      write: (text: string) => {
        printed.stdout += text;
        return true;
      },
      on: (event, listener) => stream.on(event, listener),
    },
    stderr: {
      write: (text: string) => {
        printed.stderr += text;
        return true;
      },
    },
    on: (signal, listener) => signals.on(signal, listener),
    off: (signal, listener) => signals.off(signal, listener),
  };
}
