import { Agent } from 'node:http';
import {
  createAnswerCheck,
  httpOf,
  mutated,
  operationsIn,
  send,
  validAnswers,
  validRecords,
  validRequests,
  type HttpRequest,
} from '@ds01/api-requests';
import { problemSchema } from '@ds01/contracts';
import { openApiDocument } from '@ds01/contracts/openapi';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startWorkServer, type WorkServer } from './testing/work-server.ts';

const rounds = process.env['DS01_TEST_LONG'] === '1' ? 300 : 6;
const document = openApiDocument({ version: '0.0.0' });
const check = createAnswerCheck(document);
const operations = operationsIn(document);
const known = { name: ['thesis'], user: ['alice', 'bob'] };

/** An answer of each operation that its schema allows. */
const answers = new Map(
  operations.map(({ operation: { operationId } }) => [
    operationId,
    fc.sample(validAnswers(document, operationId), { seed: 3, numRuns: 5 }),
  ]),
);

/** Records of each stream. */
const records = new Map(
  operations.map(({ operation: { operationId } }) => [
    operationId,
    fc.sample(validRecords(document, operationId), { seed: 5, numRuns: 3 }),
  ]),
);

/** Refusals of what the document allows: what is asked for isn't there, or was asked for before. */
const rightful = [404, 409, 422, 426];

let server: WorkServer;
let calls = 0;
const agent = new Agent({ keepAlive: true, maxSockets: 16 });
beforeAll(async () => {
  server = await startWorkServer({
    call: async ({ id }) => answers.get(id)?.[(calls += 1) % 5],
    async *stream({ id }) {
      for (const record of records.get(id) ?? []) {
        yield { stream: 'stdout', bytes: Buffer.from(`${JSON.stringify(record)}\n`) };
      }
    },
  });
});
afterAll(async () => {
  agent.destroy();
  await server.close();
});

const answerTo = (request: HttpRequest) => {
  const { hostname: host, port } = new URL(server.url);
  const headers = { 'x-user': 'carol' };
  return send({ host, port, agent, headers, timeoutMs: 20_000, mostBytes: 100_000_000 }, request);
};

const all = (seed: number, of: (request: fc.Arbitrary<HttpRequest>) => fc.Arbitrary<HttpRequest>) =>
  fc
    .sample(
      fc.tuple(
        ...operations.map((placed) => of(validRequests(document, placed, known).map(httpOf))),
      ),
      { seed, numRuns: rounds },
    )
    .flat();

test('what the document allows is answered as the document says', async () => {
  const wrong: string[] = [];
  for (const request of all(11, (valid) => valid)) {
    const answer = await answerTo(request);
    const found = check(request.operationId, answer);
    const isRefused = answer.status >= 400 && !rightful.includes(answer.status);
    // Cursors are what a list gave before, which no document says.
    if (isRefused && !answer.body.includes('request.cursor') && request.target !== '/readyz') {
      wrong.push(`${request.method} ${request.target} ${answer.status} ${answer.body}`);
    }
    if (found !== null) wrong.push(found);
  }
  expect(wrong).toEqual([]);
});

test('whatever else is sent is answered: refused with a problem, or done', async () => {
  const wrong: string[] = [];
  const statuses = new Set<number>();
  const requests = all(13, mutated);
  for (let at = 0; at < requests.length; at += 16) {
    await Promise.all(
      requests.slice(at, at + 16).map(async (request) => {
        const answer = await answerTo(request);
        statuses.add(answer.status);
        const said = `${request.method} ${request.target.slice(0, 200)} (${request.mutations.join(', ')})`;
        if (answer.status >= 500 && !request.target.startsWith('/readyz'))
          wrong.push(`${said}: ${answer.status} ${answer.body}`);
        const isDocument = answer.status < 400 || request.operationId === 'daemon.ready';
        if (isDocument || request.method === 'HEAD') return;
        const problem = problemSchema.safeParse(JSON.parse(answer.body));
        if (!problem.success) wrong.push(`${said}: ${answer.status} ${answer.body}`);
      }),
    );
  }
  expect(wrong).toEqual([]);
  expect([...statuses]).toEqual(expect.arrayContaining([200, 202, 400, 404, 405, 415]));
});
