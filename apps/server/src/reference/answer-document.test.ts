import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startWorkServer, type WorkServer } from '../testing/work-server.ts';

let server: WorkServer;
beforeAll(async () => {
  server = await startWorkServer({ call: async () => ({ containers: [] }) });
});
afterAll(() => server.close());

test('the document is served to anybody, with the version of the daemon', async () => {
  const response = await fetch(`${server.url}/openapi.json`);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('application/json');
  expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f]{16}$/);
  expect(await response.json()).toMatchObject({ openapi: '3.1.1', info: { version: '0.0.0' } });
});

test('the reference needs nothing but itself, and its policy allows nothing else', async () => {
  const response = await fetch(`${server.url}/api/docs`);
  const page = await response.text();
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
  const [, style = ''] = /<style>([^]*?)<\/style>/.exec(page) ?? [];
  const hash = createHash('sha256').update(style).digest('base64');
  const policy = response.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain(`style-src 'sha256-${hash}'`);
  expect(page).not.toMatch(/<script|style=|https?:\/\/|src=|\son\w+=/i);
  expect(page.match(/<style/g)).toHaveLength(1);
});

test('the reference is there with a slash behind its path, too', async () => {
  const [plain, slashed] = await Promise.all(
    ['/api/docs', '/api/docs/'].map((path) => fetch(`${server.url}${path}`, { redirect: 'error' })),
  );
  expect(slashed?.status).toBe(200);
  expect(await slashed?.text()).toBe(await plain?.text());
});

test('every link of the reference leads to a part of it', async () => {
  const page = await (await fetch(`${server.url}/api/docs`)).text();
  const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const targets = [...page.matchAll(/ href="#([^"]+)"/g)].map(([, id]) => id);
  expect(targets.length).toBeGreaterThan(200);
  expect(targets.filter((id) => !ids.includes(id))).toEqual([]);
  expect(ids).toContain('containers.deploy');
  expect(page).not.toMatch(/undefined|\[object/);
});

test('another method than there is: 405 and which there are', async () => {
  const put = await server.send('/api/v1/containers', { method: 'PUT' });
  expect([put.status, put.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST']);
  expect(await put.json()).toMatchObject({
    code: 'route.method',
    requestId: put.headers.get('x-request-id'),
  });
  const options = await server.send('/api/v1/containers/thesis/stop', { method: 'OPTIONS' });
  expect([options.status, options.headers.get('allow')]).toEqual([405, 'POST']);
  const posted = await server.send('/openapi.json', { method: 'POST' });
  expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
});

test.each(['/openapi.json', '/api/docs', '/api/v1/nothing', '/api/v1/containers/thesis/exec'])(
  'a flood of requests for %s is refused as any other',
  async (path) => {
    const response = await server.send(path, { headers: { 'x-flood': 'yes' } });
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '3']);
    expect(await response.json()).toMatchObject({ code: 'rate.limited' });
  },
);

test('a session as a plain request: 426 and what to upgrade to', async () => {
  const response = await server.send('/api/v1/containers/thesis/exec', { method: 'POST' });
  expect([response.status, response.headers.get('upgrade')]).toEqual([426, 'ds01-session/1']);
  expect(await response.json()).toMatchObject({ code: 'route.needs-upgrade' });
});

test.each([
  '/',
  '/api/v1',
  '/api/v1/containers/',
  '/api/v1/containers/a/b/c',
  '/openapi_json',
  '/%00',
])('nothing is at %s', async (path) => {
  const response = await server.send(path);
  expect(response.status).toBe(404);
  expect(await response.json()).toMatchObject({ code: 'route.not-found' });
});

test('a body of another type than JSON: 415', async () => {
  const response = await server.send('/api/v1/containers', {
    method: 'POST',
    headers: { 'content-type': 'text/plain' },
    body: '{}',
  });
  expect(response.status).toBe(415);
  expect(await response.json()).toMatchObject({ code: 'request.media-type' });
});
