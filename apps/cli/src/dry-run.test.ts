import { EventEmitter } from 'node:events';
import { nameOf, runProgram, switchFlag, type CommandSpec, type Host } from '@ds01/command-line';
import type { RouteId } from '@ds01/contracts';
import { routeHeads } from '@ds01/contracts/core';
import type { Api } from '@ds01/ports';
import { describe, expect, test } from 'vitest';
import { commandTable } from './command-table.ts';
import { program } from './program.ts';
import type { Runtime } from './runtime.ts';
import { container, createReadyApi } from './wizard/testing/scripted.ts';

/** A value of a flag, by what its notation says. */
const values: Readonly<Record<string, string>> = {
  '<n>': '1',
  '<seconds>': '5',
  '<size>': '1g',
  '<dir>': '/tmp',
  '<file>': '/dev/null',
  '<name=value>': 'A=1',
  '<port>': '8888',
  '<kind>': 'none',
  '<profile>': '1g.5gb',
  '<model>': 'A100',
  '<time>': '10m',
};

const operands: Readonly<Record<string, readonly string[]>> = {
  'container cp': ['thesis:/etc/hostname', '/nowhere/else'],
  'container rename': ['thesis', 'paper'],
  'container forward': ['thesis', '8888'],
  'image install': ['thesis', 'timm'],
  'image diff': ['thesis', 'thesis:exp'],
  'image tag': ['thesis', 'exp'],
  'image push': ['thesis', 'localhost:5000/thesis'],
  completion: ['bash'],
};

/** A command line of each command: plain, and with each of its own flags. */
function linesOf(spec: CommandSpec<Runtime>): readonly (readonly string[])[] {
  const name = nameOf(spec);
  const given = operands[name] ?? (spec.operands === '' ? [] : ['thesis']);
  const flags = spec.flags
    .filter(({ later }) => later !== true)
    .map(({ flags: notation }) => {
      const flag = /--[\w-]+/.exec(notation)?.[0] ?? '';
      const value = /<[^>]+>/.exec(notation)?.[0];
      return value === undefined ? [flag] : [flag, values[value] ?? 'thesis'];
    });
  const trailing = spec.trailing === true ? ['--', 'true'] : [];
  return [[], ...flags].map((flag) => [
    ...name.split(' '),
    ...given,
    ...flag,
    '--dry-run',
    ...trailing,
  ]);
}

const lines = commandTable
  .filter(({ load }) => load !== null)
  .flatMap(linesOf)
  .map((words) => [words.join(' '), words] as const);

/** Sees every operation that a command asks for; knows one running container and nothing else. */
function watched(called: { readonly id: RouteId; readonly kind: string }[]): Api {
  const summary = container('thesis');
  const ready = createReadyApi({
    'containers.list': { containers: [summary] },
    'containers.stop': { container: summary, note: null },
  });
  const see = (id: RouteId): void => void called.push({ id, kind: routeHeads[id].kind });
  return {
    call: (id, input, options) => {
      see(id);
      return ready.call(id, input, options);
    },
    session: (id, input, options) => {
      see(id);
      return ready.session(id, input, options);
    },
    stream: (id, input, options) => {
      see(id);
      return ready.stream(id, input, options);
    },
  };
}

function quietHost(): Host {
  const stream = new EventEmitter();
  return {
    env: {},
    stdin: {},
    stdout: { write: () => true, on: (event, listener) => stream.on(event, listener) },
    stderr: { write: () => true },
    on: () => undefined,
    off: () => undefined,
  };
}

describe('with --dry-run', () => {
  test.each(lines)('ds01 %s runs no process, and asks for previews only', async (_, words) => {
    const called: { readonly id: RouteId; readonly kind: string }[] = [];
    let previews: boolean | null = null;
    const host = quietHost();
    await runProgram<Runtime>({
      program,
      argv: ['node', 'ds01', ...words],
      host,
      openRuntime: (command) => {
        previews = switchFlag(command.flags, 'dryRun');
        return {
          api: watched(called),
          mode: 'daemon',
          actFor: null,
          credentialsFile: null,
          keepLimits: async () => Promise.resolve(),
          close: async () => Promise.resolve(),
        };
      },
    });
    // What changes something is called with `dryRun`, which is the runtime's to say.
    expect(previews, String(host.exitCode)).toBe(true);
    expect(called.filter(({ kind }) => kind === 'session')).toEqual([]);
  });
});
