import { EventEmitter } from 'node:events';
import { ds01Error } from '@ds01/contracts';
import { describe, expect, test } from 'vitest';
import type { CommandContext, CommandSpec, Program } from './command.ts';
import { commonFlags, later } from './flags.ts';
import { runProgram, type Host } from './run-program.ts';

interface World {
  readonly close: () => void;
}

type Run = (context: CommandContext<World>) => Promise<number>;

const base = { noun: null, operands: '[name]', flags: [], example: 'tool work' } as const;

function programOf(run: Run): Program<World> {
  const load = async () => Promise.resolve({ run });
  const commands: readonly CommandSpec<World>[] = [
    { ...base, verb: 'work', summary: 'work', flags: [later('--soon', 'not yet')], load },
    { ...base, noun: 'thing', verb: 'exec', summary: 'exec', passesExitCode: true, load },
    { ...base, noun: 'thing', verb: 'wait', summary: 'wait', load: null },
  ];
  const lessons = async () =>
    Promise.resolve({ work: { before: ['Work is `tool work` done.'], after: ['It is done.'] } });
  return { name: 'tool', description: 'a tool', version: '1.2.3', commands, commonFlags, lessons };
}

interface FakeHost extends Host {
  readonly events: EventEmitter;
}

function createHost(env: Host['env'] = {}): { host: FakeHost; out: string[]; err: string[] } {
  const out: string[] = [];
  const err: string[] = [];
  const events = new EventEmitter();
  const stream = new EventEmitter();
  return {
    out,
    err,
    host: {
      env,
      events,
      stdin: {},
      stdout: {
        write: (text) => out.push(text),
        on: (event, listener) => stream.on(event, listener),
      },
      stderr: { write: (text) => err.push(text) },
      on: (signal, listener) => events.on(signal, listener),
      off: (signal, listener) => events.off(signal, listener),
    },
  };
}

async function outcomeOf(words: readonly string[], run: Run, calledAs = 'tool') {
  const { host, out, err } = createHost();
  let closed = 0;
  await runProgram({
    program: programOf(run),
    argv: ['node', `/usr/bin/${calledAs}`, ...words],
    host,
    openRuntime: () => ({ close: () => (closed += 1) }),
  });
  return { code: host.exitCode, out: out.join(''), err: err.join(''), closed, host };
}

const refuse: Run = async () => {
  throw ds01Error('container.not-found', { message: 'No such thing.', hint: 'tool list' });
};

test('the exit code is the command’s, and its world is closed', async () => {
  expect(await outcomeOf(['work', 'x'], async () => Promise.resolve(7))).toMatchObject({
    code: 7,
    closed: 1,
  });
});

test('an error goes to stderr with its hint, and closes the world', async () => {
  expect(await outcomeOf(['work'], refuse)).toMatchObject({
    code: 3,
    out: '',
    err: 'error (container.not-found): No such thing.\n  try: tool list\n',
    closed: 1,
  });
});

test('what to type has the user in whose name it was, unless it may not be in that name', async () => {
  const failing = (code: 'container.not-found' | 'access.denied' | 'user.unknown') =>
    outcomeOf(['work', '--user', 'bob'], async () => {
      throw ds01Error(code, { message: 'No.', hint: 'ds01 limits show' });
    });
  const hintOf = async (code: Parameters<typeof failing>[0]) =>
    (await failing(code)).err.split('\n')[1];
  expect(await hintOf('container.not-found')).toBe('  try: ds01 limits show --user bob');
  expect(await hintOf('access.denied')).toBe('  try: ds01 limits show');
  expect(await hintOf('user.unknown')).toBe('  try: ds01 limits show');
});

test('with --json an error is the one document on stdout', async () => {
  const { out, err, code } = await outcomeOf(['work', '--json'], refuse);
  expect(JSON.parse(out)).toMatchObject({ error: { code: 'container.not-found' } });
  expect({ err, code }).toEqual({ err: '', code: 3 });
});

test('a command that passes on exit codes fails with 125, its usage errors with 2', async () => {
  expect(await outcomeOf(['thing', 'exec'], refuse)).toMatchObject({ code: 125 });
  expect(await outcomeOf(['thing', 'exec', '--nonsense'], refuse)).toMatchObject({ code: 2 });
  const misunderstand: Run = async () => {
    throw ds01Error('usage.invalid', { message: 'Which thing?' });
  };
  expect(await outcomeOf(['thing', 'exec'], misunderstand)).toMatchObject({ code: 2 });
  expect(await outcomeOf(['exec'], refuse, 'thing')).toMatchObject({ code: 125 });
  expect(await outcomeOf([], refuse, 'thing-exec')).toMatchObject({ code: 125 });
});

test('a command and a flag of a later version say so, and open nothing', async () => {
  const command = await outcomeOf(['thing', 'wait'], refuse);
  expect(command).toMatchObject({ code: 2, closed: 0 });
  expect(command.err).toContain('thing wait arrives with a later version.');
  const flag = await outcomeOf(['work', '--soon'], refuse);
  expect(flag).toMatchObject({ code: 2, closed: 0 });
  expect(flag.err).toContain('--soon arrives with a later version.');
});

test('an interrupt aborts the command, and no listener is left', async () => {
  const { host, err } = createHost();
  await runProgram({
    program: programOf(async ({ signal }) => {
      host.events.emit('SIGINT');
      expect(host.events.listenerCount('SIGINT')).toBe(0);
      signal.throwIfAborted();
      return Promise.resolve(0);
    }),
    argv: ['node', 'tool', 'work'],
    host,
    openRuntime: () => ({ close: () => undefined }),
  });
  expect(host.exitCode).toBe(130);
  expect(err.join('')).toContain('operation.interrupted');
  expect(host.events.listenerCount('SIGTERM')).toBe(0);
});

test('a reader that left is no failure', async () => {
  const closedPipe = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
  const { code, err } = await outcomeOf(['work'], async () => Promise.reject(closedPipe));
  expect({ code, err }).toEqual({ code: 0, err: '' });
});

test('suggested commands name the user that the caller acts for', async () => {
  const fail: Run = async () => {
    throw ds01Error('container.not-found', { message: 'None.', hint: 'ds01 container list' });
  };
  const { err } = await outcomeOf(['work', '--user', 'alice'], fail);
  expect(err).toContain('try: ds01 container list --user alice\n');
});

test('an input that an operation refuses is explained by the help of the command', async () => {
  const ended = await outcomeOf(['thing', 'exec'], async () => {
    const details = { operation: 'containers.exec' };
    throw ds01Error('request.invalid', { message: 'No.', hint: '/api/docs#x', details });
  });
  expect(ended.err).toContain('  try: tool thing exec --help\n');
});

test('hints of usage errors name the program that was called', async () => {
  expect((await outcomeOf(['nothing'], refuse)).err).toContain('try: tool --help');
  expect((await outcomeOf(['thing', 'nothing'], refuse)).err).toContain('try: tool thing --help');
});

describe('teaching', () => {
  const succeed: Run = async () => Promise.resolve(0);

  test('--guided explains before and after, on stderr, and asks nothing without a terminal', async () => {
    const { code, out, err } = await outcomeOf(['work', '--guided'], succeed);
    expect({ code, out }).toEqual({ code: 0, out: '' });
    expect(err).toBe('work\nWork is tool work done.\nWhat now\nIt is done.\n');
  });

  test('what failed is not said to be done', async () => {
    const { code, err } = await outcomeOf(['work', '--guided'], refuse);
    expect(code).toBe(3);
    expect(err).not.toContain('It is done.');
  });

  test('--concepts explains and does nothing, --info gives the help as well', async () => {
    const concepts = await outcomeOf(['work', '--concepts'], refuse);
    expect(concepts).toMatchObject({
      code: 0,
      closed: 0,
      out: 'tool work\nWork is tool work done.\n',
    });
    const info = await outcomeOf(['work', '--info'], refuse);
    expect(info).toMatchObject({ code: 0, closed: 0 });
    expect(info.out).toMatch(/Usage[^]*Work is tool work done/);
  });

  test('with --json nothing is explained between the data', async () => {
    const { out, err } = await outcomeOf(['work', '--guided', '--json'], succeed);
    expect({ out, err }).toEqual({ out: '', err: '' });
  });

  test('a command without a lesson runs as ever', async () => {
    const outcome = await outcomeOf(['thing', 'exec', '--guided'], async () => Promise.resolve(7));
    expect(outcome).toMatchObject({ code: 7, err: '' });
  });
});
