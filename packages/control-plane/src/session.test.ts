import { text } from 'node:stream/consumers';
import type { EngineSession, SessionKeeper } from '@ds01/ports';
import { expect, test } from 'vitest';
import type { Caller } from './caller.ts';
import { exec, forward, resume, sessions } from './session.ts';
import { deployed } from './testing/commands.ts';
import { alice, bob } from './testing/people.ts';
import { createWorld } from './testing/world.ts';

const caller: Caller = { ...alice, interface: 'atomic' };
const shell = {
  name: 'thesis',
  command: null,
  tty: true,
  stdin: true,
  size: null,
  env: {},
  startFirst: false,
};

/** A keeper that notes what it is asked for. */
function createKeeper() {
  const asked: string[] = [];
  const note = (what: string) => (session: EngineSession) => {
    asked.push(what);
    return session;
  };
  const keeper: SessionKeeper = {
    admit: () => {
      asked.push('admit');
      return () => void asked.push('leave');
    },
    keep: note('keep'),
    accompany: note('accompany'),
    list: () => [],
    resume: () => {
      throw new Error('nothing is kept');
    },
  };
  return { keeper, asked };
}

test('a port inside is reached in both directions, each with an end of its own', async () => {
  const world = createWorld();
  await deployed(world, 'thesis');
  const session = await forward(world.deps(), caller, { name: 'thesis', port: 7 });
  session.stdin?.end('hello');
  expect(await text(session.stdout)).toBe('hello');
  session.close();
  expect(await session.exited).toBe(0);
});

test('a port where nothing listens, another’s container and one that is stopped are refused', async () => {
  const world = createWorld();
  await deployed(world, 'thesis');
  const open = (who: Caller, port: number) => forward(world.deps(), who, { name: 'thesis', port });
  await expect(open(caller, 80)).rejects.toMatchObject({ code: 'port.no-listener' });
  await expect(open({ ...bob, interface: 'atomic' }, 7)).rejects.toMatchObject({
    code: 'container.not-found',
  });
  world.restartEngine();
  await expect(open(caller, 7)).rejects.toMatchObject({ code: 'container.not-running' });
});

test('only what runs at a terminal is kept, and only what is to be gone back to is counted', async () => {
  const world = createWorld();
  await deployed(world, 'thesis');
  const { keeper, asked } = createKeeper();
  const open = async (input: { readonly tty: boolean; readonly keep: boolean }) => {
    const session = await exec(world.deps(), caller, { ...shell, ...input }, { keeper });
    session.close();
    return asked.splice(0);
  };
  expect(await open({ tty: true, keep: true })).toEqual(['admit', 'keep', 'leave']);
  expect(await open({ tty: true, keep: false })).toEqual(['accompany']);
  expect(await open({ tty: false, keep: true })).toEqual([]);
});

test('without anybody who keeps sessions there are none', async () => {
  const world = createWorld();
  await deployed(world, 'thesis');
  const options = { keeper: null };
  expect(await sessions(world.deps(), caller, { name: 'thesis' }, options)).toEqual({
    sessions: [],
  });
  const input = { name: 'thesis', id: '1', size: null, takeOver: false };
  await expect(resume(world.deps(), caller, input, options)).rejects.toMatchObject({
    code: 'session.not-found',
  });
});
