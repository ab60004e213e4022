import { routeIds, routes, toDs01Error, type RouteId } from '@ds01/contracts';
import type { OperationRecord, TokenRecord } from '@ds01/ports';
import { expect, test } from 'vitest';
import { deployed } from '../testing/commands.ts';
import { operationsOf } from '../testing/operations.ts';
import { alice, bob, dana } from '../testing/people.ts';
import { waitingEntry } from '../testing/queue.ts';
import { createWorld, type World } from '../testing/world.ts';
import type { Person } from './call.ts';

type Input = Readonly<Record<string, unknown>>;

const operationId = `o${'1'.repeat(20)}`;
const tokenId = `t${'1'.repeat(20)}`;
const { name: user, uid } = alice.owner;

const token: TokenRecord = {
  id: tokenId,
  name: 'notebook',
  user,
  uid,
  scope: 'write',
  hash: 'a'.repeat(64),
  hint: 'ds01_Ab3d…',
  createdAtMs: 0,
  expiresAtMs: Date.UTC(2100, 0, 1),
  revokedAtMs: null,
  lastUsedAtMs: null,
  lastUsedFrom: null,
};

const operationOfAlice: OperationRecord = {
  id: operationId,
  user,
  uid,
  route: 'containers.commit',
  object: 'thesis',
  state: 'succeeded',
  input: null,
  key: null,
  fingerprint: '',
  startedAtMs: 1,
  finishedAtMs: 2,
  lines: 0,
  progress: null,
  status: 200,
  answer: '{}',
};

/** Alice's of each kind, by every way to name it, and next to each what nobody has. */
const names: Readonly<Record<string, (id: string) => readonly (readonly [string, string])[]>> = {
  container: (id) => [
    ['thesis', 'unheard'],
    ['thesis._.alice', 'unheard._.alice'],
    ['alice/thesis', 'alice/unheard'],
    [id, 'f'.repeat(64)],
    [id.slice(0, 12), 'f'.repeat(12)],
  ],
  image: () => [
    ['thesis', 'unheard'],
    ['ds01-alice/thesis', 'ds01-alice/unheard'],
    ['ds01-alice/thesis:latest', 'ds01-alice/unheard:latest'],
  ],
  token: () => [[tokenId, `t${'2'.repeat(20)}`]],
  operation: () => [[operationId, `o${'2'.repeat(20)}`]],
  'queue-entry': () => [[waitingEntry.id, `q${'2'.repeat(20)}`]],
};

/** What a route takes besides the name. */
const further: Partial<Readonly<Record<RouteId, Input>>> = {
  'containers.exec': { command: ['true'], tty: false, stdin: false, size: null },
  'containers.attach': { stdin: false, size: null },
  'containers.resume': { id: '1', size: null, takeOver: true },
  'containers.forward': { port: 80 },
  'containers.rename': { newName: 'mine' },
  'containers.commit': { tag: 'mine' },
  'containers.keep': { forMs: 0 },
  'containers.extend': { byMs: 3_600_000 },
  'images.diff': { otherTag: 'latest' },
  'images.tag': { to: 'mine' },
  'images.share': { users: ['bob'] },
  'images.push': { target: 'localhost:1/x:v1' },
};

/** A build is of one's own by any name. */
const builds: readonly RouteId[] = ['images.build', 'images.upload'];
const owned = routeIds.filter(
  (id) => routes[id].object in names && routes[id].role === 'user' && !builds.includes(id),
);

async function worldOfAlice(): Promise<{ readonly world: World; readonly containerId: string }> {
  const accounts = [alice, bob, dana].map(({ owner }) => owner);
  const world = createWorld({ accounts });
  const { container } = await deployed(world, 'thesis');
  const repository = 'ds01-alice/thesis';
  await world.engine.commitContainer(container.id, { repository, tag: 'latest', pause: false });
  world.store.transaction(({ queue, tokens, operations }) => {
    queue.put(waitingEntry);
    tokens.put(token);
    operations.put(operationOfAlice);
  });
  return { world, containerId: container.id };
}

/** The refusal of a route, without the name that it is about. */
async function refusal(world: World, person: Person, asked: readonly [RouteId, string]) {
  const [id, name] = asked;
  const operations = operationsOf(world);
  const key = routes[id].path.includes('{name}') ? 'name' : 'id';
  const input = { [key]: name, ...further[id] } as never;
  const { kind } = routes[id];
  const work = async (): Promise<unknown> => {
    if (kind === 'session') return operations.session(id as 'containers.exec', person, input);
    if (kind === 'call') return operations.call(id as 'containers.show', person, input);
    const chunks = await operations.stream(id as 'containers.logs', person, input);
    for await (const _ of chunks) return 'something';
    return 'nothing';
  };
  const error = await work().then(
    () => null,
    (failure: unknown) => toDs01Error(failure),
  );
  if (error === null) return { code: 'done' };
  const { code, message, hint, details } = error;
  // Told before anything is looked for, with a name that would do.
  if (code === 'name.invalid') return { code };
  const text = JSON.stringify({ message, hint, details })
    .replaceAll(name, 'NAME')
    .replaceAll(/thesis|unheard/g, 'THING');
  return { code, text };
}

const ways: readonly (readonly [string, Person])[] = [
  ['at the socket', bob],
  ['with a token', { ...bob, token: { id: 't1', scope: 'write', secure: true } }],
  ['as an administrator', dana],
];

test.each(ways)(
  'what is Alice’s is not there for another %s, whatever is asked',
  async (_, who) => {
    const { world, containerId } = await worldOfAlice();
    const reached = owned.filter((id) => who.token === undefined || !isSocketOnly(id));
    for (const id of reached) {
      for (const [hers, nobodys] of names[routes[id].object]?.(containerId) ?? []) {
        const others = await refusal(world, who, [id, hers]);
        const unknown = await refusal(world, who, [id, nobodys]);
        expect({ id, hers, ...others }).toEqual({ id, hers, ...unknown });
        expect({ id, hers, code: others.code }).toEqual({
          id,
          hers,
          code: expect.stringMatching(/\.not-found$|^name\.invalid$|^request\.invalid$/),
        });
      }
    }
  },
);

test('what is Alice’s is there for her by its first name, so that the rest says something', async () => {
  const { world, containerId } = await worldOfAlice();
  for (const id of ['containers.show', 'images.show', 'tokens.revoke', 'queue.show'] as const) {
    const [first] = names[routes[id].object]?.(containerId) ?? [];
    expect(await refusal(world, alice, [id, first?.[0] ?? ''])).toEqual({ code: 'done' });
  }
  const shown = await refusal(world, alice, ['operations.show', operationId]);
  expect(shown).toEqual({ code: 'done' });
});

function isSocketOnly(id: RouteId): boolean {
  return 'socketOnly' in routes[id];
}
