import { PassThrough } from 'node:stream';
import { ds01Error } from '@ds01/contracts/core';
import type { ApiSession } from '@ds01/ports';
import { expect, test } from 'vitest';
import { createReadyApi } from '../wizard/testing/scripted.ts';
import { archiveOf } from './context-archive.ts';
import { runBuild } from './build-session.ts';

const input = { name: 'thesis', dockerfile: 'FROM gone\nCOPY . /\n' };
const progress = { show: () => undefined, lastLines: () => [] };
const signal = new AbortController().signal;

/** A session that takes nothing and is refused. */
function refused(): ApiSession {
  const [stdin, stdout, stderr] = [
    new PassThrough({ highWaterMark: 1 }),
    new PassThrough(),
    new PassThrough(),
  ];
  const exited = new Promise<never>((_, reject) => {
    // The first chunk is under way by then.
    stdin.once('readable', () => {
      stdout.end();
      reject(ds01Error('image.not-found', { message: 'There is no image "gone".' }));
    });
  });
  exited.catch(() => undefined);
  return {
    stdin,
    stdout,
    stderr,
    exited,
    resize: () => Promise.resolve(),
    signal: () => Promise.resolve(),
    close: () => undefined,
  };
}

test('a build that is refused while its context is sent fails for the reason of the refusal', async () => {
  const session = refused();
  const api = { ...createReadyApi({}), session: () => Promise.resolve(session) };
  const archive = archiveOf(import.meta.dirname, ['build-session.ts', 'build-session.test.ts']);
  await expect(runBuild({ api, progress, signal }, input, archive)).rejects.toMatchObject({
    code: 'image.not-found',
  });
});

test('a build whose context can’t be read fails for that, and ends the other side', async () => {
  const session = refused();
  let closed = false;
  const api = {
    ...createReadyApi({}),
    session: () =>
      Promise.resolve({
        ...session,
        stdin: new PassThrough(),
        exited: session.exited,
        close: () => {
          closed = true;
          session.stdin?.write('x');
        },
      }),
  };
  const archive = archiveOf(import.meta.dirname, ['build-session.ts', 'is-not-there']);
  await expect(runBuild({ api, progress, signal }, input, archive)).rejects.toMatchObject({
    code: 'build.context-invalid',
  });
  expect(closed).toBe(true);
});
