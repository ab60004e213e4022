import { inputIn, operationsIn, validRequests, type ApiRequest } from '@ds01/api-requests';
import { routes, toDs01Error, type CallId } from '@ds01/contracts';
import { openApiDocument } from '@ds01/contracts/openapi';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { deployed } from '../testing/commands.ts';
import { operationsOf } from '../testing/operations.ts';
import { alice, bob, dana } from '../testing/people.ts';
import { createWorld } from '../testing/world.ts';
import type { Person } from './call.ts';
import type { Operations } from './operations.ts';

const long = process.env['DS01_TEST_LONG'] === '1';
const document = openApiDocument({ version: '1.0.0' });
const calls = operationsIn(document).filter(({ operation }) => operation['x-ds01-kind'] === 'call');

const known = {
  name: ['thesis', 'plots', 'more'],
  newName: ['paper'],
  container: ['thesis', 'alice/thesis', 'thesis._.alice'],
  image: ['ds01/busybox'],
  user: ['alice', 'bob', 'nobody'],
  group: ['student'],
  tag: ['latest'],
  gpu: [{ kind: 'none' }, { kind: 'any' }, { kind: 'whole', count: 1 }],
  workspace: [null],
  data: [[]],
  ports: [[]],
  secrets: [[]],
  command: [null],
  network: ['private'],
  wait: [null],
  sinceMs: [1_760_000_000_000],
  files: [[]],
};

function codesOf(id: string): readonly string[] {
  const { operation } = calls.find((one) => one.operation.operationId === id) ?? {};
  return Object.entries(operation?.responses ?? {}).flatMap(([, response]) => {
    const meant =
      '$ref' in response
        ? document.components.responses[response.$ref.split('/').at(-1) ?? '']
        : response;
    return meant?.['x-ds01-codes'] ?? [];
  });
}

const people: readonly Person[] = [alice, bob, dana];

/** What one call came to that the document doesn't say; `null` when it does. */
async function surprise(
  operations: Operations,
  person: Person,
  request: ApiRequest,
): Promise<string | null> {
  const id = request.operationId as CallId;
  const dryRun = request.query['dryRun'] === true;
  try {
    const output = await operations.call(id, person, inputIn(request) as never, { dryRun });
    const { error } = routes[id].output.safeParse(output);
    return error === undefined ? null : `${id} answers: ${error.message}`;
  } catch (error) {
    const { code, message } = toDs01Error(error);
    const isKnown = codesOf(id).includes(code) && code !== 'internal.unexpected';
    const input = JSON.stringify(inputIn(request)).slice(0, 300);
    return isKnown ? null : `${id} refuses with ${code}: ${message} ${input}`;
  }
}

test('whatever the document allows is done, or refused with a code that the document has', async () => {
  const accounts = people.map(({ owner }) => owner);
  const requests = calls.map((placed) =>
    fc.tuple(fc.constantFrom(...people), validRequests(document, placed, known)),
  );
  const rounds = fc.sample(fc.tuple(...requests), { seed: 7, numRuns: long ? 300 : 8 });
  const surprises = new Set<string>();
  for (const steps of rounds) {
    const world = createWorld({ accounts });
    await deployed(world, 'thesis');
    const operations = operationsOf(world);
    for (const [person, request] of steps) {
      const found = await surprise(operations, person, request);
      if (found !== null) surprises.add(found);
    }
    world.close();
  }
  expect([...surprises]).toEqual([]);
});
