import { ds01Error } from '@ds01/contracts';
import { expect, test } from 'vitest';
import { problemFor } from './problem-response.ts';

const silent = () => undefined;

function logged() {
  const told: unknown[] = [];
  const error = (message: string, fields?: object) => told.push({ message, ...fields });
  return { told, log: { debug: silent, info: silent, warn: silent, error } };
}

test('a failure that nobody expected is told once, with its request and its operation', () => {
  const { told, log } = logged();
  const failure = new TypeError('undefined is not a function');
  const problem = problemFor(failure, 'r1', log, 'containers.stop');
  expect(problemFor(failure, 'r1', log)).toEqual(problem);
  expect(problem).toMatchObject({ code: 'internal.unexpected', requestId: 'r1', details: {} });
  expect(JSON.stringify(problem)).not.toContain('is not a function');
  const line = { message: 'unexpected failure', requestId: 'r1', operation: 'containers.stop' };
  expect(told).toEqual([{ ...line, error: expect.stringContaining(failure.message) }]);
});

test('a failure that several requests share is told for each', () => {
  const { told, log } = logged();
  const failure = new Error('the look failed');
  for (const request of ['r1', 'r2']) problemFor(failure, request, log, 'containers.list');
  expect(told).toMatchObject([{ requestId: 'r1' }, { requestId: 'r2' }]);
});

test('a refusal is nothing for the log', () => {
  const { told, log } = logged();
  problemFor(ds01Error('container.not-found', { message: 'None.' }), 'r1', log, 'containers.show');
  expect(told).toEqual([]);
});
