import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createManualClock, systemClock } from './fixtures/clocks.ts';
import { createCommandRunner, type CommandBounds, type CommandRunner } from './run-command.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ds01-run-command-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const script = async (name: string, ...lines: string[]): Promise<string> => {
  const path = join(folder, name);
  await writeFile(path, ['#!/bin/sh', ...lines, ''].join('\n'), { mode: 0o755 });
  return path;
};

const runner = (path: string, bounds: Partial<CommandBounds> = {}): CommandRunner =>
  createCommandRunner({
    path,
    timeoutMs: 10_000,
    maxOutputBytes: 100_000,
    environment: { LC_ALL: 'C', PATH: '/usr/bin:/bin' },
    clock: systemClock,
    ...bounds,
  });

/** State letter of a process; Z once it is dead, even where nobody collects the dead. */
const stateOf = async (pid: number): Promise<string> => {
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => 'gone) Z');
  return status.slice(status.lastIndexOf(')') + 2).slice(0, 1);
};

const gone = (pid: number): Promise<void> => expect.poll(() => stateOf(pid)).toBe('Z');

test('arguments arrive as they are, in a minimal environment', async () => {
  const path = await script(
    'echo',
    'echo "$#:$1:$2"',
    'env | sort | grep -v "^PWD\\|^_\\|^SHLVL\\|^OLDPWD"',
    'echo oops >&2',
    'exit 3',
  );
  expect(await runner(path)(['-q', '; rm -rf $HOME'])).toEqual({
    kind: 'exited',
    code: 3,
    stdout: '2:-q:; rm -rf $HOME\nLC_ALL=C\nPATH=/usr/bin:/bin\n',
    stderr: 'oops\n',
  });
});

test('a program that hangs is killed with its children', async () => {
  const clock = createManualClock();
  const pids = join(folder, 'pids');
  const path = await script(
    'hang',
    'sleep 1000 &',
    `echo $$ $! > ${pids}.new`,
    `mv ${pids}.new ${pids}`,
    'wait',
  );
  const outcome = runner(path, { clock })([]);
  const text = await expect
    .poll(() => readFile(pids, 'utf8').catch(() => ''))
    .not.toBe('')
    .then(() => readFile(pids, 'utf8'));
  clock.advance(10_000);
  expect(await outcome).toEqual({ kind: 'timed-out' });
  for (const pid of text.trim().split(' ')) await gone(Number(pid));
});

test('programs that were killed in time are forgotten: later ones run', async () => {
  const clock = createManualClock();
  const hang = runner('/usr/bin/sleep', { clock });
  for (let round = 0; round < 8; round += 1) {
    const outcomes = [hang(['1000']), hang(['1000'])];
    clock.advance(10_000);
    expect(await Promise.all(outcomes)).toEqual([{ kind: 'timed-out' }, { kind: 'timed-out' }]);
  }
  await expect.poll(() => hang(['0'])).toMatchObject({ kind: 'exited', code: 0 });
});

test('what still runs at the end is killed, and nothing starts any more', async () => {
  const ending = new AbortController();
  const hang = runner('/usr/bin/sleep', { signal: ending.signal });
  const outcome = hang(['1000']);
  ending.abort();
  expect(await outcome).toEqual({ kind: 'timed-out' });
  expect(await hang(['0'])).toEqual({ kind: 'timed-out' });
});

test('output without end is cut off and its program killed', async () => {
  const path = await script('flood', 'exec yes');
  expect(await runner(path)([])).toEqual({ kind: 'output-too-long' });
});

test('a program that ended but left its pipe to another does not hold anybody up', async () => {
  const clock = createManualClock();
  const pidFile = join(folder, 'left');
  const path = await script(
    'leave',
    `setsid sh -c 'echo $$ > ${pidFile}.new; mv ${pidFile}.new ${pidFile}; exec sleep 1000' &`,
  );
  const outcome = runner(path, { clock })([]);
  await expect.poll(() => readFile(pidFile, 'utf8').catch(() => '')).not.toBe('');
  clock.advance(10_000);
  expect(await outcome).toEqual({ kind: 'timed-out' });
  const pid = Number(await readFile(pidFile, 'utf8'));
  process.kill(pid, 'SIGKILL');
  await gone(pid);
});

test('a missing program and one that is not executable are told apart', async () => {
  expect(await runner(join(folder, 'nothing'))([])).toEqual({
    kind: 'not-started',
    code: 'ENOENT',
  });
  const path = join(folder, 'plain');
  await writeFile(path, 'text', { mode: 0o644 });
  expect(await runner(path)([])).toEqual({ kind: 'not-started', code: 'EACCES' });
});
