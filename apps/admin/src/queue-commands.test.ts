import { expect, test } from 'vitest';
import { queueOf } from './dashboard/fixture.ts';
import { runCommand, type Answers } from './testing/run-command.ts';

const queue = queueOf();
const [granted, waiting] = queue.entries;
if (granted === undefined || waiting === undefined) throw new Error('the fixture is empty');
const { id } = waiting;
const list = { entries: queue.entries, draining: null, held: null, nextCursor: null };
const answers: Answers = {
  'admin.queue': () => queue,
  'admin.queue.move': () => ({ ...waiting, position: 7 }),
  'admin.queue.priority': () => waiting,
  'admin.queue.hold': () => list,
  'admin.queue.drain': () => list,
  'admin.queue.remove': () => ({ ...waiting, state: 'left', position: null }),
};
const reason = 'deadline';

test.each([
  ['move bob/night first --reason deadline', 'admin.queue.move', { id, to: 'first', reason }],
  [`move ${id} by-rules`, 'admin.queue.move', { id, to: 'by-rules', reason: null }],
  ['priority bob/night urgent', 'admin.queue.priority', { id, priority: 'urgent', reason: null }],
  ['hold --reason deadline', 'admin.queue.hold', { id: null, on: true, reason }],
  ['hold bob/night --off', 'admin.queue.hold', { id, on: false, reason: null }],
  ['drain', 'admin.queue.drain', { on: true, reason: null }],
  ['drain --off', 'admin.queue.drain', { on: false, reason: null }],
  ['remove bob/night', 'admin.queue.remove', { id, reason: null }],
  ['remove bob/night --reason deadline', 'admin.queue.remove', { id, reason }],
])('queue %s', async (line, route, input) => {
  const ran = await runCommand(['queue', ...line.split(' ')], answers);
  expect(ran.code).toBe(0);
  expect(ran.calls.find((call) => call.id === route)?.input).toEqual(input);
  expect(ran.stdout).toMatch(/^\S.*\n$/);
});

test('people read where a moved request came; programs get what the change gave', async () => {
  const words = ['queue', 'move', id, 'first'];
  expect((await runCommand(words, answers)).stdout).toMatch(/^bob\/night: place 1 of 1/);
  const { stdout, calls } = await runCommand([...words, '--json'], answers);
  expect(JSON.parse(stdout)).toMatchObject({ position: 7 });
  expect(calls).toHaveLength(1);
});

test.each([
  ['move bob/night up', 2],
  ['priority bob/night great', 2],
  ['remove', 2],
  ['remove bob/nothing', 3],
  ['remove night', 3],
])('queue %s is refused, and nothing is changed', async (line, code) => {
  const ran = await runCommand(['queue', ...line.split(' ')], answers);
  expect(ran.code).toBe(code);
  expect(ran.calls.filter((call) => call.id !== 'admin.queue')).toEqual([]);
});
