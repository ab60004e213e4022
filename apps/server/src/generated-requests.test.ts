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
  type HttpAnswer,
  type HttpRequest,
} from '@ds01/api-requests';
import { problemSchema } from '@ds01/contracts';
import { openApiDocument } from '@ds01/contracts/openapi';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startWorkServer, type WorkServer } from './testing/work-server.ts';

const rounds = process.env['DS01_TEST_LONG'] === '1' ? 100 : 5;
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

/** Sends all of them, sixteen at a time. */
async function sendAll(
  requests: readonly HttpRequest[],
  look: (request: HttpRequest, answer: HttpAnswer) => void,
): Promise<void> {
  for (let at = 0; at < requests.length; at += 16) {
    const some = requests.slice(at, at + 16);
    const came = await Promise.all(some.map(answerTo));
    for (const [index, answer] of came.entries()) {
      const request = some[index];
      if (request !== undefined) look(request, answer);
    }
  }
}

test('what the document allows is answered as the document says', async () => {
  const wrong: string[] = [];
  await sendAll(
    all(11, (valid) => valid),
    (request, answer) => {
      const found = check(request.operationId, answer);
      const isRefused = answer.status >= 400 && !rightful.includes(answer.status);
      // Cursors are what a list gave before, which no document says.
      if (isRefused && !answer.body.includes('request.cursor') && request.target !== '/readyz') {
        wrong.push(`${request.method} ${request.target} ${answer.status} ${answer.body}`);
      }
      if (found !== null) wrong.push(found);
    },
  );
  expect(wrong).toEqual([]);
});

test('whatever else is sent is answered: refused with a problem, or done', async () => {
  const wrong: string[] = [];
  const statuses = new Set<number>();
  await sendAll(all(13, mutated), ({ operationId, method, target, mutations }, answer) => {
    const { status, body } = answer;
    statuses.add(status);
    const said = `${method} ${target.slice(0, 200)} (${mutations.join(', ')}): ${status} ${body}`;
    if (operationId === 'daemon.ready' && status === 503) return;
    if (status >= 500) wrong.push(said);
    if (status < 400 || method === 'HEAD') return;
    if (!problemSchema.safeParse(JSON.parse(body)).success) wrong.push(said);
  });
  expect(wrong).toEqual([]);
  expect([...statuses]).toEqual(expect.arrayContaining([200, 202, 400, 404, 405, 415]));
});
