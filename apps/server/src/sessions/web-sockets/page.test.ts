import { createContext, runInContext } from 'node:vm';
import type { createBrowserClient, WebSession } from '@ds01/client/browser';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { endingProblem } from '../sessions.ts';
import { secretOf } from '../../testing/session-server.ts';
import type { SessionServer } from '../../testing/session-server.ts';
import { useSessionServers } from '../../testing/use-session-servers.ts';

/** What a page has of what sessions use; nothing of Node’s. */
const webGlobals = {
  AbortController,
  AbortSignal,
  DOMException,
  ReadableStream,
  TextDecoder,
  TextEncoder,
  URL,
  URLSearchParams,
  WebSocket,
  WritableStream,
  btoa,
  clearTimeout,
  crypto,
  fetch,
  setTimeout,
} as const;

const bundled = await build({
  stdin: {
    contents: "export { createBrowserClient } from '@ds01/client/browser';",
    resolveDir: import.meta.dirname,
  },
  bundle: true,
  write: false,
  format: 'iife',
  globalName: 'ds01',
  platform: 'browser',
  target: 'es2022',
  conditions: ['@ds01/source'],
  logLevel: 'silent',
});

const start = useSessionServers();

/** The client as a page has it. */
function page({ port }: Pick<SessionServer, 'port'>, token = secretOf('write'), version = '1.0.0') {
  const context = createContext({ ...webGlobals });
  runInContext(bundled.outputFiles[0]?.text ?? '', context);
  const create: typeof createBrowserClient = runInContext('ds01.createBrowserClient', context);
  return create({ url: `http://127.0.0.1:${port}`, token, version, retry: false });
}

const shell = { command: null, tty: true, stdin: true, size: { columns: 80, rows: 24 } };

async function opened(server: SessionServer, client = page(server)) {
  const next = server.next();
  const session = await client.session('containers.exec', { name: 'thesis', ...shell });
  return { session, ...(await next) };
}

async function textOf(stream: WebSession['stdout']): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const bytes of stream) text += decoder.decode(bytes, { stream: true });
  return text;
}

test('a page has a shell: input, output, its size, signals, and its exit code', async () => {
  const server = await start();
  const { session, inside, input } = await opened(server);
  expect(input).toMatchObject({ name: 'thesis', tty: true, size: { columns: 80, rows: 24 } });
  expect(session.tty).toBe(true);
  const outputs = Promise.all([textOf(session.stdout), textOf(session.stderr)]);
  await session.resize({ columns: 100, rows: 30 });
  await session.signal('SIGINT');
  const keys = session.stdin.getWriter();
  await keys.write(new TextEncoder().encode('echo ä\n'));
  await keys.close();
  let typed = '';
  inside.stdin.setEncoding('utf8').on('data', (text: string) => (typed += text));
  inside.stdin.once('end', () => {
    inside.stdout.write(typed);
    inside.end(3);
  });
  expect(await session.exited).toBe(3);
  expect(await outputs).toEqual(['echo ä\n', '']);
  expect([inside.sizes, inside.signals]).toEqual([[{ columns: 100, rows: 30 }], ['SIGINT']]);
});

test('more than both windows goes through a process that gives back what it gets', async () => {
  const { session, inside } = await opened(await start());
  inside.stdin.pipe(inside.stdout, { end: false });
  inside.stdin.once('end', () => inside.end(0));
  const sent = new Uint8Array(5_000_000).map((_, at) => at % 251);
  const keys = session.stdin.getWriter();
  const written = keys.write(sent).then(() => keys.close());
  let at = 0;
  let isSame = true;
  for await (const bytes of session.stdout) {
    isSame &&= Buffer.compare(bytes, sent.subarray(at, at + bytes.length)) === 0;
    at += bytes.length;
  }
  await written;
  expect([at, isSame]).toEqual([sent.length, true]);
  expect(await session.exited).toBe(0);
});

test('output that nobody wants is passed over, and holds nothing back', async () => {
  const { session, inside } = await opened(await start());
  await session.stdout.cancel();
  await session.stderr.cancel();
  inside.stdout.once('end', () => inside.end(0));
  for (let count = 0; count < 50; count += 1) inside.stdout.write(Buffer.alloc(65_536));
  inside.stdout.end();
  expect(await session.exited).toBe(0);
});

test('closing leaves the process alone, and is no error', async () => {
  const server = await start();
  const { session, inside } = await opened(server);
  session.close();
  expect(await session.exited).toBeNull();
  await inside.closed;
  expect(await textOf(session.stdout)).toBe('');
  await session.stdin.getWriter().write(new Uint8Array(1_000_000));
  await server.idle();
});

test('the daemon’s errors are decoded, before a session and in the middle', async () => {
  const server = await start();
  const ask = (token: string, version?: string) =>
    page(server, token, version).session('containers.exec', { name: 'thesis', ...shell });
  await expect(ask(secretOf('read'))).rejects.toMatchObject({ code: 'token.scope' });
  await expect(ask(`ds01_${'B'.repeat(43)}`)).rejects.toMatchObject({ code: 'token.invalid' });
  await expect(ask(secretOf('write'), '9.0.0')).rejects.toMatchObject({ code: 'daemon.version' });
  const { session } = await opened(server);
  server.live.endAll(endingProblem());
  await expect(session.exited).rejects.toMatchObject({ code: 'daemon.unreachable' });
});

test('a connection that is lost is an error, and so is one that never came about', async () => {
  const server = await start();
  const { session } = await opened(server);
  await server.revoke();
  await expect(session.exited).rejects.toMatchObject({
    code: 'daemon.unreachable',
    message: expect.stringContaining('goes on'),
  });
  await server.close();
  const asked = page(server).session('containers.exec', { name: 'thesis', ...shell });
  await expect(asked).rejects.toMatchObject({ code: 'daemon.unreachable' });
});

test('who gives up before it is open gets no session', async () => {
  const server = await start();
  const client = page(server);
  const given = { name: 'thesis', ...shell };
  const signal = AbortSignal.abort(new Error('never mind'));
  await expect(client.session('containers.exec', given, { signal })).rejects.toThrow('never mind');
  const giving = new AbortController();
  const asked = client.session('containers.exec', given, { signal: giving.signal });
  giving.abort(new Error('too late'));
  await expect(asked).rejects.toThrow('too late');
  await server.idle();
});
