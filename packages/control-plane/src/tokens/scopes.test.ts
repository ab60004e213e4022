import type { CallId, RouteInput } from '@ds01/contracts';
import type { TokenScope } from '@ds01/contracts/service';
import { expect, test } from 'vitest';
import { operationsOf } from '../testing/operations.ts';
import { alice, bob, dana } from '../testing/people.ts';
import { createWorld, roomyLimits, type World } from '../testing/world.ts';

const limits = `${roomyLimits}access_control:\n  admin_users: [dana]\n`;
const accounts = [alice, bob, dana].map(({ owner }) => owner);
const refusal = (code: string) => expect.objectContaining({ code });

function worldOf(): World {
  return createWorld({ limits, accounts });
}

const withToken = (person: typeof alice, scope: TokenScope, secure = true) => ({
  ...person,
  token: { id: `t${'1'.repeat(20)}`, scope, secure },
});

test.each([
  ['read', 'containers.list', { all: true }, null],
  ['read', 'containers.stop', { name: 'x' }, 'token.scope'],
  ['read', 'tokens.revoke', { id: 'x' }, 'token.scope'],
  ['read', 'admin.users', {}, 'token.scope'],
  ['write', 'containers.stop', { name: 'x' }, 'container.not-found'],
  ['write', 'admin.users', {}, 'token.scope'],
  ['metrics', 'containers.list', { all: true }, 'token.scope'],
  ['metrics', 'users.me', {}, 'token.scope'],
  ['admin', 'admin.users', {}, null],
  ['admin', 'tokens.create', { name: 'x' }, 'token.needs-socket'],
  ['admin', 'admin.tokens.create', { name: 'x', user: 'bob' }, 'token.needs-socket'],
  ['write', 'tokens.create', { name: 'x' }, 'token.needs-socket'],
  ['write', 'tokens.rotate', { id: 'x' }, 'token.needs-socket'],
  ['metrics', 'daemon.health', {}, null],
] as const)('the scope %s and %s: %j gives %s', async (scope, id, input, code) => {
  const operations = operationsOf(worldOf());
  const given: unknown = input;
  const asked = operations.call<CallId>(id, withToken(dana, scope), given as RouteInput<CallId>);
  const answer = await asked.then(
    () => null,
    (error: unknown) => Reflect.get(error as Error, 'code'),
  );
  expect(answer).toBe(code);
});

test.each([
  ['read', 'containers.stop', { name: 'x' }, 'write'],
  ['metrics', 'users.me', {}, 'read'],
  ['write', 'admin.users', {}, 'admin'],
] as const)('who has the scope %s and asks for %s reads which is needed', async (...given) => {
  const [scope, id, input, needed] = given;
  const raw: unknown = input;
  const asked = operationsOf(worldOf()).call<CallId>(
    id,
    withToken(dana, scope),
    raw as RouteInput<CallId>,
  );
  await expect(asked).rejects.toMatchObject({
    hint: `log in on the server itself and run: ds01 token create NAME --scope ${needed}`,
    details: { scope, needed },
  });
});

test('a token of the scope admin reaches nothing at all where others may have read it', async () => {
  const operations = operationsOf(worldOf());
  const open = withToken(dana, 'admin', false);
  const needsTls = refusal('token.needs-tls');
  await expect(operations.call('admin.users', open, {})).rejects.toEqual(needsTls);
  await expect(operations.call('users.me', open, {})).rejects.toEqual(needsTls);
  await expect(operations.call('daemon.health', open, {})).resolves.toEqual({ alive: true });
});

test('what is made with a token came in by the door of programs', async () => {
  const world = worldOf();
  const operations = operationsOf(world);
  const image = { image: 'ds01/busybox', project: null, workspace: null } as const;
  const input = { ...image, name: 'thesis', gpu: { kind: 'none' } } as const;
  const writer = withToken(alice, 'write');
  const { container } = await operations.call('containers.deploy', writer, input);
  expect(container.interface).toBe('api');
  const own = { ...image, name: 'other', gpu: { kind: 'none' } } as const;
  const theirs = await operations.call('containers.deploy', alice, own);
  expect(theirs.container.interface).toBe('orchestration');
});

test('a session and a stream are refused by scope like anything else', async () => {
  const operations = operationsOf(worldOf());
  const reader = withToken(alice, 'read');
  const forward = operations.session('containers.forward', reader, { name: 'x', port: 80 });
  await expect(forward).rejects.toEqual(refusal('token.scope'));
  const metrics = withToken(alice, 'metrics');
  const logs = operations.stream('containers.logs', metrics, { name: 'x' });
  await expect(logs).rejects.toEqual(refusal('token.scope'));
});
