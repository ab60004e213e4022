import { expect, test } from 'vitest';
import { timeEngine, type EngineCall } from './timed-engine.ts';

test('calls are told by the name of the function, those that failed as such', async () => {
  const calls: EngineCall[] = [];
  const engine = timeEngine(
    {
      list: async () => ['thesis'],
      inspect: async (id: string) => Promise.reject(new Error(`no ${id}`)),
      closed: () => false,
      name: 'docker',
    },
    (call) => calls.push(call),
  );
  expect(await engine.list()).toEqual(['thesis']);
  await expect(engine.inspect('a')).rejects.toThrow('no a');
  expect([engine.closed(), engine.name]).toEqual([false, 'docker']);
  expect(calls).toEqual([
    { call: 'list', seconds: expect.any(Number), failed: false },
    { call: 'inspect', seconds: expect.any(Number), failed: true },
  ]);
});
