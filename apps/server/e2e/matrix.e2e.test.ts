import { routeIds, routes, type RouteId } from '@ds01/contracts';
import { people } from '@ds01/e2e';
import { beforeAll, describe, expect, test } from 'vitest';
import { auditOf, expectAudited } from './harness/audit-log.ts';
import { requestOf, sendAs, sendLong, type SentRequest } from './harness/callers.ts';
import {
  adminGroup,
  codeOf,
  codesOf,
  matrixConfig,
  previewed,
  readied,
  refusalOf,
  stepsOf,
  surprises,
  unknownName,
  worldOf,
  type AskedRoute,
} from './harness/matrix.ts';
import { caseOf, routeCases } from './harness/route-cases.ts';
import {
  absentRoutes,
  adminRoutes,
  builds,
  containerRoutes,
  imageRoutes,
  isPublic,
  plainRoutes,
  publicRoutes,
} from './harness/route-groups.ts';
import { canRun, useDaemon } from './harness/use-sandbox.ts';

const isLong = process.env['DS01_TEST_LONG'] === '1';
/** Alice and Bob are users, Carol an administrator by name, Dave by his group. */
const users = ['alice', 'bob'];
const admins = ['carol', 'dave', 'root'];
const everybody = [...users, ...admins];
/** One of each kind in the short run. */
const strangers = isLong ? everybody : ['alice', 'dave', 'root'];
const owners = isLong ? ['alice', 'carol'] : ['alice'];
const nobody = 49_999;

const othersNameFor = (who: string): string => (who === 'alice' ? 'of-bob' : 'of-alice');
const otherUserFor = (who: string): string => (who === 'alice' ? 'bob' : 'alice');

describe.skipIf(!canRun)('every route, by whoever calls it', () => {
  const accounts = people.map((account) =>
    account.name === 'dave' ? { ...account, groups: [adminGroup] } : account,
  );
  const sandbox = useDaemon({ name: 'matrix', gpus: 'l40sx2', config: matrixConfig(), accounts });
  const send = (who: string | number, requests: readonly SentRequest[]) =>
    sendAs(sandbox(), who, requests);
  const codes = (who: string | number, requests: readonly AskedRoute[]) =>
    codesOf(requests, (sent) => send(who, sent));

  beforeAll(async () => {
    for (const user of ['alice', 'bob']) {
      const wanted = (['containers.deploy', 'containers.commit'] as const).map((id) =>
        requestOf(id, caseOf(id).input(`of-${user}`)),
      );
      for (const answer of await send(user, wanted)) {
        if (answer.status !== 200) throw new Error(answer.body);
      }
    }
  });

  test.each(routeIds)('the matrix knows %s', (id) => {
    expect(caseOf(id)).toBeDefined();
    const special = ['limits.show', 'requests.cancel', ...builds];
    const own = [containerRoutes, imageRoutes, absentRoutes];
    const groups = [...own, plainRoutes, adminRoutes, publicRoutes, special];
    expect(groups.filter((group) => group.includes(id))).toHaveLength(1);
    const known: readonly string[] = routeIds;
    expect(Object.keys(routeCases).filter((key) => !known.includes(key))).toEqual([]);
  });

  test.each(owners)('%s may do everything with a container of their own', async (who) => {
    const name = 'mine';
    const steps = stepsOf(containerRoutes, { name });
    const answers = await send(
      who,
      steps.map(({ request }) => request),
    );
    expect(answers).toHaveLength(steps.length);
    expect(surprises(steps, answers)).toEqual([]);
    const retire = requestOf('containers.retire', { name, timeoutSeconds: 0 });
    expect((await send(who, [retire]))[0]?.status).toBe(200);
  });

  test.each(owners)('%s may do everything with an image of their own', async (who) => {
    const name = 'mine';
    for (const id of imageRoutes) {
      const request = requestOf(id, caseOf(id).input(name));
      const answer = (await send(who, [...readied(id, name), request])).at(-1);
      if (answer === undefined) throw new Error('no answer');
      const code = caseOf(id).refusedWith ?? 'ok';
      expect({ id, code: codeOf(id, answer) }).toEqual({ id, code });
    }
    const left = ['containers.retire', 'images.delete'] as const;
    const requests = left.map((id) => requestOf(id, caseOf(id).input(name)));
    expect((await send(who, requests)).map(({ status }) => status)).toEqual([200, 200]);
  });

  test.each(strangers)(
    'for %s, an image that is another’s is exactly as if it were not there',
    async (who) => {
      const other = othersNameFor(who);
      for (const id of imageRoutes) {
        const { input } = caseOf(id);
        const [others, unknown] = await send(who, [
          requestOf(id, input(other)),
          requestOf(id, input(unknownName)),
        ]);
        if (others === undefined || unknown === undefined) throw new Error('no answer');
        expect({ id, code: codeOf(id, others) }).toEqual({ id, code: 'image.not-found' });
        expect(refusalOf(others, other)).toBe(refusalOf(unknown, unknownName));
      }
    },
  );

  test.each(strangers)(
    'for %s, what is another’s is exactly as if it were not there',
    async (who) => {
      const other = othersNameFor(who);
      for (const id of containerRoutes) {
        const { input } = caseOf(id);
        const [others, unknown] = await send(who, [
          requestOf(id, input(other)),
          requestOf(id, input(unknownName)),
        ]);
        if (others === undefined || unknown === undefined) throw new Error('no answer');
        expect({ id, code: codeOf(id, others) }).toEqual({ id, code: 'container.not-found' });
        expect({ id, status: others.status }).toEqual({ id, status: 404 });
        expect(refusalOf(others, other)).toBe(refusalOf(unknown, unknownName));
      }
    },
  );

  test.each(strangers)('%s may use what is about nobody', async (who) => {
    const requests = plainRoutes.map((id) => ({
      id,
      request: requestOf(id, caseOf(id).input(`new-of-${who}`)),
    }));
    const expected = Object.fromEntries(
      plainRoutes.map((id) => [id, caseOf(id).refusedWith ?? 'ok']),
    );
    expect(await codes(who, requests)).toEqual(expected);
    const retire = requestOf('containers.retire', { name: `new-of-${who}`, timeoutSeconds: 0 });
    expect((await send(who, [retire]))[0]?.status).toBe(200);
  });

  test.each(strangers)('for %s, what never was is not found', async (who) => {
    const requests = absentRoutes.map((id) => ({
      id,
      request: requestOf(id, caseOf(id).input('')),
    }));
    const expected = absentRoutes.map((id) => [id, caseOf(id).refusedWith]);
    expect(await codes(who, requests)).toEqual(Object.fromEntries(expected));
  });

  test.each(everybody)('routes of administrators are theirs alone: %s', async (who) => {
    const requests = adminRoutes.map((id) => ({
      id,
      request: requestOf(id, caseOf(id).input('')),
    }));
    const fine = (id: RouteId): string => caseOf(id).refusedWith ?? 'ok';
    const isAdmin = admins.includes(who);
    const expected = Object.fromEntries(
      adminRoutes.map((id) => [id, isAdmin ? fine(id) : 'access.denied']),
    );
    expect(await codes(who, requests)).toEqual(expected);
  });

  test.each(everybody)('limits are one’s own, but for administrators: %s', async (who) => {
    const other = otherUserFor(who);
    const answers = await send(
      who,
      [who, other, unknownName].map((user) => requestOf('limits.show', { user })),
    );
    const [own, others, unknown] = answers;
    if (own === undefined || others === undefined || unknown === undefined) throw new Error('none');
    expect(codeOf('limits.show', own)).toBe('ok');
    const isAdmin = admins.includes(who);
    expect(codeOf('limits.show', others)).toBe(isAdmin ? 'ok' : 'user.unknown');
    if (isAdmin) return;
    expect(refusalOf(others, other)).toBe(refusalOf(unknown, unknownName));
  });

  test('a request is its person’s to cancel, for others there is none', async () => {
    const before = sandbox().daemon.log().length;
    const follow = requestOf('containers.logs', { name: 'of-alice', follow: true });
    const { id, done } = await sendLong(sandbox(), 'alice', follow);
    for (const who of ['bob', 'carol', 'root']) {
      const [others, unknown] = await send(who, [
        requestOf('requests.cancel', { id }),
        requestOf('requests.cancel', { id: unknownName }),
      ]);
      if (others === undefined || unknown === undefined) throw new Error('no answer');
      expect(codeOf('requests.cancel', others)).toBe('session.not-found');
      expect(refusalOf(others, id)).toBe(refusalOf(unknown, unknownName));
    }
    const tried = requestOf('requests.cancel', { id }, { dryRun: true });
    const cancelled = await send('alice', [tried, requestOf('requests.cancel', { id })]);
    expect(cancelled.map((answer) => codeOf('requests.cancel', answer))).toEqual(['ok', 'ok']);
    await done;
    expect(sandbox().daemon.log().slice(before)).not.toContain('unexpected');
  });

  test('an account-less uid gets what is public, and nothing else at all', async () => {
    const requests = routeIds.map((id) => ({
      id,
      request: requestOf(id, caseOf(id).input('of-alice')),
    }));
    const expected = Object.fromEntries(
      routeIds.map((id) => [id, isPublic(id) ? 'ok' : 'user.unknown']),
    );
    expect(await codes(nobody, requests)).toEqual(expected);
  });

  test('only administrators act for others, with everything that these may do', async () => {
    const actFor = 'alice';
    const requests = routeIds.map((id) => ({
      id,
      request: requestOf(id, caseOf(id).input('of-alice'), { actFor }),
    }));
    const denied = Object.fromEntries(
      routeIds.map((id) => [id, isPublic(id) ? 'ok' : 'access.denied']),
    );
    expect(await codes('bob', requests)).toEqual(denied);
    for (const who of admins) {
      const shown = requestOf('containers.show', { name: 'of-alice' }, { actFor });
      const me = requestOf('users.me', {}, { actFor });
      const strange = requestOf('users.me', {}, { actFor: 'nobody-at-all' });
      const answers = await send(who, [shown, me, strange]);
      expect(answers.map((answer) => answer.status)).toEqual([200, 200, 404]);
      expect(answers[1]?.body).toContain('"user":"alice"');
    }
    const steps = stepsOf(containerRoutes, { name: 'given', actFor });
    const answers = await send(
      'root',
      steps.map(({ request }) => request),
    );
    expect(surprises(steps, answers)).toEqual([]);
    await send('alice', [requestOf('containers.retire', { name: 'given', timeoutSeconds: 0 })]);
  });

  test('a dry run of any route that changes something changes nothing', async () => {
    // The list writes down what the engine says of containers that were started just now.
    const list = requestOf('containers.list', { all: true });
    await send('alice', [...readied('images.show', 'mine'), list]);
    const before = await worldOf(sandbox());
    const mutating = routeIds.filter((id) => routes[id].mutates);
    for (const id of mutating.filter((candidate) => candidate !== 'requests.cancel')) {
      const name = id === 'containers.deploy' ? 'never' : 'mine';
      const input = {
        ...caseOf(id).input(name),
        ...(id === 'containers.remove' ? { force: true } : {}),
      };
      const who = routes[id].role === 'admin' ? 'carol' : 'alice';
      const [answer] = await send(who, [requestOf(id, input, { dryRun: true })]);
      if (answer === undefined) throw new Error('no answer');
      expect({ id, code: codeOf(id, answer) }).toEqual({
        id,
        code: expect.stringMatching(previewed(id)),
      });
      expect({ id, world: await worldOf(sandbox()) }).toEqual({ id, world: before });
    }
    for (const dryRun of ['1', 'yes', '', 'TRUE', 'true&dryRun=false']) {
      const path = `/api/v1/containers/mine/retire?dryRun=${dryRun}`;
      const headers = { 'content-type': 'application/json' };
      const [answer] = await send('alice', [{ method: 'POST', path, headers, body: '{}' }]);
      expect(answer?.status).toBe(400);
    }
    expect(await worldOf(sandbox())).toEqual(before);
    await send('alice', [requestOf('containers.retire', { name: 'mine', timeoutSeconds: 0 })]);
  });

  test('a build is of an image of one’s own, whatever the name', async () => {
    const id = 'images.build';
    const request = requestOf(id, caseOf(id).input('of-bob'));
    expect(await codes('alice', [{ id, request }])).toEqual({ [id]: 'ok' });
    const [shown] = await send('bob', [requestOf('images.show', { name: 'of-bob' })]);
    expect(shown?.body).toContain('ds01-bob/of-bob:latest');
    const upload = 'images.upload';
    const sent = requestOf(upload, caseOf(upload).input('of-bob'));
    expect(await codes('alice', [{ id: upload, request: sent }])).toEqual({
      [upload]: caseOf(upload).refusedWith,
    });
  });

  test('every call that may change something is in the audit log from begin to end', () => {
    expectAudited(sandbox(), sandbox().daemon.log());
    const records = auditOf(sandbox());
    const audited = new Set(records.map(({ operation }) => operation));
    const mutating: readonly string[] = routeIds.filter((id) => routes[id].mutates);
    expect([...audited].toSorted()).toEqual(mutating.toSorted());
    const forAlice = records.filter(({ uid, user }) => uid === 0 && user === 'alice');
    expect(forAlice.length).toBeGreaterThan(0);
  });
});
