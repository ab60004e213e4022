import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { problemSchema, routeIds, routes, type RouteId } from '@ds01/contracts';
import type { TokenScope } from '@ds01/contracts/service';
import { configWith } from '@ds01/e2e';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { auditText, expectAudited } from './harness/audit-log.ts';
import { requestOf, sendAs, sendLong, type Answer, type SentRequest } from './harness/callers.ts';
import { faultOf, generatedRequests, sentWith } from './harness/generated.ts';
import { attack, descriptorsOf, type Attack } from './harness/hostile.ts';
import { matrixConfig, refusalOf as refusedAs } from './harness/matrix.ts';
import { makeCertificate, tokenOf } from './harness/network.ts';
import { ownedRoutes, requestAbout, thingsOfAlice } from './harness/others-things.ts';
import { typeInPage } from './harness/page-session.ts';
import { caseOf, routeCases } from './harness/route-cases.ts';
import { canRun, useDaemon } from './harness/use-sandbox.ts';

const isLong = process.env['DS01_TEST_LONG'] === '1';
const port = 7443;
const mostBytes = 200 * 1024 ** 2;
const noAnswer: Answer = { status: 0, headers: {}, body: '' };

/** Why a token did not reach an answer; `null` where it did, whatever the answer was. */
function refusalOf(answer: Answer | undefined): string | null {
  if (answer === undefined || answer.status === 0) return answer?.error ?? 'no answer';
  if (answer.status < 400) return null;
  const { code } = problemSchema.parse(JSON.parse(answer.body));
  return /^(?:token\.(?!not-found)|access\.|rate\.)/.test(code) ? code : null;
}

/** What a route says to a token, by what the route is. */
function expectedRefusal(id: RouteId, scope: TokenScope): string | null {
  const { role, mutates, kind } = routes[id];
  if (role === 'public') return null;
  if (scope === 'metrics') return id === 'daemon.metrics' ? null : 'token.scope';
  if (scope === 'read' && (mutates || kind === 'session')) return 'token.scope';
  if (scope !== 'admin' && role === 'admin') return 'token.scope';
  return /tokens\.(?:create|rotate)$/.test(id) ? 'token.needs-socket' : null;
}

describe.skipIf(!canRun)('the daemon at an address', () => {
  const certificate = makeCertificate();
  afterAll(() => certificate.remove());
  const { certificate: file, key } = certificate;
  const server =
    `server:\n  tcp: 127.0.0.1:${port}\n  tls: { certificate: ${file}, key: ${key} }\n` +
    '  requests_per_second: 1000\n  wrong_tokens_per_minute: 20\n';
  const config = { ...configWith({}, server), ...matrixConfig() };
  const sandbox = useDaemon({ name: 'network', gpus: 'none', config });
  const target = { host: '127.0.0.1', port, ca: certificate.pem() };
  const send = (requests: readonly SentRequest[], who = 'bob') =>
    sendAs(sandbox(), who, requests, target);
  let token = '';
  beforeAll(async () => {
    token = (await tokenOf(sandbox(), 'alice', 'write')).secret;
  });
  const wellAfter = async (who = 'alice') => {
    const [answer] = await sendAs(sandbox(), who, [requestOf('daemon.health', {})]);
    expect(answer).toMatchObject({ status: 200 });
    expect(sandbox().daemon.log()).not.toContain('unexpected');
  };
  const hostile = (given: Attack, who = 'bob') =>
    attack(sandbox(), who, { ...given, target, token });

  test('a token is its person, whoever sends it from wherever', async () => {
    const [me, forged, none] = await send([
      requestOf('users.me', {}, { token }),
      requestOf('users.me', {}, { token: `ds01_${'A'.repeat(43)}` }),
      requestOf('users.me', {}),
    ]);
    expect(JSON.parse(me?.body ?? '')).toMatchObject({ user: 'alice', role: 'user' });
    expect([forged, none].map((answer) => answer?.status)).toEqual([401, 401]);
    expect(forged?.headers['www-authenticate']).toBe('Bearer realm="ds01"');
  });

  const scopes: readonly (readonly [string, TokenScope])[] = [
    ['alice', 'read'],
    ['carol', 'write'],
    ['carol', 'admin'],
    ['carol', 'metrics'],
  ];
  const more: typeof scopes = [
    ['carol', 'read'],
    ['alice', 'write'],
  ];
  test.each([...scopes, ...(isLong ? more : [])])(
    'a token of %s reaches, of every route, what its scope says: %s',
    async (who, scope) => {
      const { secret } = await tokenOf(sandbox(), who, scope);
      const requests = routeIds.map((id) => {
        const dryRun = routes[id].mutates && routes[id].kind === 'call';
        return requestOf(id, routeCases[id]?.input('no-such-thing') ?? {}, {
          dryRun,
          token: secret,
        });
      });
      const answers = await send(requests);
      const codes = routeIds.map((id, index) => [id, refusalOf(answers[index])]);
      const expected = routeIds.map((id) => [id, expectedRefusal(id, scope)]);
      expect(Object.fromEntries(codes)).toEqual(Object.fromEntries(expected));
    },
  );

  test('what is Alice’s is for a token of Bob’s as if it were not there', async () => {
    const { id: tokenId } = await tokenOf(sandbox(), 'alice', 'read');
    const { secret } = await tokenOf(sandbox(), 'bob', 'write');
    const things = await thingsOfAlice(sandbox(), tokenId);
    const tried = ownedRoutes
      .filter((_, index) => isLong || index % 4 === 0)
      .map((id) => ({ id, thing: things[routes[id].object] ?? { hers: '', nobodys: '' } }));
    const ask = (which: 'hers' | 'nobodys') =>
      send(tried.map(({ id, thing }) => requestAbout(id, thing[which], secret)));
    const [others, unknown] = [await ask('hers'), await ask('nobodys')];
    const told = (answers: readonly Answer[], which: 'hers' | 'nobodys') =>
      tried.map(({ id, thing }, at) => [id, refusedAs(answers[at] ?? noAnswer, thing[which])]);
    expect(told(others, 'hers')).toEqual(told(unknown, 'nobodys'));
    const codes = others.map(({ body }) => problemSchema.parse(JSON.parse(body)).code);
    expect(codes).toEqual(codes.map(() => expect.stringMatching(/\.not-found$/)));
  });

  test('only an administrator’s token of that scope acts for others', async () => {
    const carols = async (scope: TokenScope) => (await tokenOf(sandbox(), 'carol', scope)).secret;
    const [admin, write] = [await carols('admin'), await carols('write')];
    const actFor = 'alice';
    const answers = await send([
      requestOf('users.me', {}, { token: admin, actFor }),
      requestOf('users.me', {}, { token: write, actFor }),
      requestOf('tokens.create', { name: 'x' }, { token: admin, actFor }),
    ]);
    expect(JSON.parse(answers[0]?.body ?? '')).toMatchObject({ user: 'alice' });
    expect(answers.slice(1).map(refusalOf)).toEqual(['access.denied', 'token.needs-socket']);
  });

  test.each([
    ['what the document allows', false, 'carol'],
    ['what is wrong or strange', true, 'alice'],
  ])('of generated requests, %s is answered, and by no failure', async (_, wrong, who) => {
    const { secret } = await tokenOf(sandbox(), who, wrong ? 'write' : 'admin');
    const requests = generatedRequests({ rounds: isLong ? 20 : 2, wrong });
    const answers = await send(requests.map((request) => sentWith(secret, request)));
    const faults = requests.map((request, at) => faultOf(request, answers[at] ?? noAnswer));
    expect(faults.filter((fault) => fault !== null)).toEqual([]);
    await wellAfter();
  });

  test('ds01 login keeps a token that works, and ds01 works from another machine with it', async () => {
    const url = `https://127.0.0.1:${port}`;
    const { ds01, run, programs } = sandbox();
    const login = (stdin: string) =>
      ds01(['login', url, '--ca', file, '--json'], { user: 'bob', stdin });
    expect(await login(`ds01_${'C'.repeat(43)}\n`)).toMatchObject({ code: 7 });
    const done = await login(`${token}\n`);
    expect(done).toMatchObject({ code: 0, stdout: expect.stringContaining('"alice"') });
    const mode = await run(['stat', '--format=%a', '/home/bob/.config/ds01/credentials.json']);
    expect(mode.stdout.trim()).toBe('600');
    const server = ['env', `DS01_SERVER=${url}`, programs.node, programs.entry('cli')];
    const remote = (...words: readonly string[]) => run([...server, ...words], { user: 'bob' });
    expect(await remote('limits', 'show', '--json')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('"user": "alice"'),
    });
    expect(await remote('token', 'create', 'another')).toMatchObject({ code: 7 });
    expect(await ds01(['logout', url], { user: 'bob' })).toMatchObject({ code: 0 });
    expect(await remote('limits', 'show')).toMatchObject({ code: 7 });
  });

  test('a page’s session connects over TLS, with a token', async () => {
    const name = 'paged';
    const deploy = requestOf('containers.deploy', caseOf('containers.deploy').input(name));
    expect(await sendAs(sandbox(), 'alice', [deploy])).toMatchObject([{ status: 200 }]);
    const page = { url: `https://127.0.0.1:${port}`, token, container: name, text: 'typed' };
    const known = await typeInPage(sandbox(), { ...page, ca: file });
    expect(known).toMatchObject({ code: 0, stdout: 'typed' });
    // Whose certificate nobody vouches for is told nothing.
    const stranger = await typeInPage(sandbox(), { ...page, ca: null });
    expect(stranger).toMatchObject({ code: 1, stdout: '' });
    expect(stranger.stderr).toContain('daemon.unreachable');
  });

  test.each([true, false])(
    'a gigabyte is not taken in, nor read to its end (in chunks: %s)',
    async (chunked) => {
      const body = { kind: 'body', path: '/api/v1/containers', bytes: 1e9, chunked } as const;
      const outcomes = [
        await hostile(body),
        await attack(sandbox(), 'bob', { ...body, target }),
        await attack(sandbox(), 'bob', body),
      ];
      expect(outcomes.map(({ status }) => status)).toEqual([413, 401, 413]);
      for (const { sent } of outcomes) expect(sent).toBeLessThan(500_000_000);
      for (const { rssBytes } of outcomes) expect(rssBytes).toBeLessThan(mostBytes);
      await wellAfter();
    },
  );

  const post = 'POST /api/v1/containers/x/exec HTTP/1.1\r\nhost: x\r\nHEADcontent-length: 100\r\n';
  const json = 'content-type: application/json\r\n';
  const upgrade = `${post}${json}connection: upgrade\r\nupgrade: ds01-session/1\r\n\r\n`;
  const dribble = { waitMs: isLong ? 90_000 : 300, everyMs: 100, halfClose: false };
  type Beginning = readonly [string, Omit<Extract<Attack, { kind: 'begin' }>, 'kind' | 'count'>];
  const beginnings: readonly Beginning[] = [
    ['heads that never end', { text: 'GET /api', ...dribble }],
    ['bodies that never end', { text: `${post.replace('/x/exec', '')}${json}\r\n{"`, ...dribble }],
    ['upgrades whose bodies never come', { text: upgrade, ...dribble }],
    ['upgrades that are half closed', { text: `${upgrade}{"`, waitMs: 300, halfClose: true }],
    [
      'upgrades to nothing',
      { text: upgrade.replace('/x/exec', ''), waitMs: 300, halfClose: false },
    ],
    ['nothing at all', { text: '', waitMs: isLong ? 20_000 : 300, halfClose: false }],
  ];
  // The others cost seconds, and end in the same lines.
  const tried = beginnings.filter((_, index) => isLong || index % 2 === 1);
  test.each(tried)('hundreds of connections with %s hold nobody up', async (_, given) => {
    const before = descriptorsOf(sandbox());
    const attacked = hostile({ kind: 'begin', count: isLong ? 1000 : 300, ...given });
    await wellAfter('root');
    expect((await attacked).rssBytes).toBeLessThan(mostBytes);
    await vi.waitFor(() => expect(descriptorsOf(sandbox())).toBeLessThan(before + 10), 15_000);
    await wellAfter();
  });

  test('of a thousand streams a person has as many as allowed, the others are refused', async () => {
    const streams = { kind: 'streams', count: 1000, path: '/api/v1/events/follow' } as const;
    for (const { statuses, rssBytes } of [
      await hostile(streams),
      await attack(sandbox(), 'bob', streams),
    ]) {
      expect(Object.keys(statuses).toSorted()).toEqual(['0', '200', '429']);
      expect(statuses['200']).toBeLessThanOrEqual(100);
      expect(rssBytes).toBeLessThan(mostBytes);
    }
    await wellAfter();
  });

  test('a request within a request is no request', async () => {
    const smuggled = 'GET /api/v1/users/me HTTP/1.1\r\nhost: x\r\n\r\n';
    const auth = `authorization: Bearer ${token}\r\n`;
    const start = `POST /api/v1/containers HTTP/1.1\r\nhost: x\r\n${auth}${json}`;
    const raw = [
      `${start}content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
      `${start}transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n${smuggled}`,
      `${start}transfer-encoding : chunked\r\n\r\n0\r\n\r\n${smuggled}`,
      `${start}content-length: 0\r\ncontent-length: ${smuggled.length}\r\n\r\n${smuggled}`,
      `${start}content-length: +0\r\n\r\n${smuggled}`,
      `${start}x: y\n\ncontent-length: 0\r\n\r\n${smuggled}`,
      `${upgrade.replace('HEAD', auth).replace('content-length: 100', 'transfer-encoding: chunked')}0\r\n\r\n${smuggled}`,
    ];
    const requests = raw.map((text) => ({ raw: text }));
    const answers = await sendAs(sandbox(), 'bob', requests);
    expect(answers.map(({ status }) => status)).toEqual(raw.map(() => 400));
    for (const { body } of answers) expect(body).not.toContain('HTTP/1.1');
  });

  test('what was begun with a token ends when it is revoked', async () => {
    const { id, secret } = await tokenOf(sandbox(), 'alice', 'read');
    const follow = requestOf('events.follow', {}, { token: secret });
    const { hangUp: _, ...forEver } = follow;
    const { done } = await sendLong(sandbox(), 'bob', forEver, target);
    await sendAs(sandbox(), 'alice', [requestOf('tokens.revoke', { id })]);
    expect(await done).toMatchObject({ stderr: expect.stringContaining('ECONNRESET') });
    const [after] = await send([requestOf('users.me', {}, { token: secret })]);
    expect(after?.status).toBe(401);
  });

  test('wrong tokens block an address, but not who was there with a right one before', async () => {
    const wrong = requestOf('users.me', {}, { token: `ds01_${'B'.repeat(43)}` });
    const another = await tokenOf(sandbox(), 'bob', 'read');
    const requests = [
      ...Array.from({ length: 25 }, () => wrong),
      requestOf('users.me', {}, { token: another.secret }),
      requestOf('users.me', {}, { token }),
    ];
    const statuses = (await send(requests)).map(({ status }) => status);
    expect(statuses.slice(0, 15)).toEqual(Array.from({ length: 15 }, () => 401));
    expect(statuses.slice(-6)).toEqual([429, 429, 429, 429, 429, 200]);
    const events = requestOf('events.list', { type: 'access.blocked' });
    const [told] = await sendAs(sandbox(), 'carol', [events]);
    expect(told?.body).toContain('127.0.0.1');
  });

  test('no secret is in the log, the audit log or the ledger', () => {
    const ledger = readFileSync(join(sandbox().host.paths.stateDirectory, 'ds01.db'), 'latin1');
    for (const text of [sandbox().daemon.log(), auditText(sandbox()), ledger]) {
      expect(text).not.toContain(token);
    }
    expectAudited(sandbox(), sandbox().daemon.log());
  });
});
