import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import {
  ds01Error,
  leaseIdOf,
  routes,
  slugOf,
  usernameSchema,
  type RouteId,
} from '@ds01/contracts';
import {
  createOperations,
  type ControlPlaneDependencies,
  type Operations,
  type Person,
  type UseCaseOptions,
} from '@ds01/control-plane';
import type { EngineSession, LogChunk, Store } from '@ds01/ports';
import { createStore } from '@ds01/store';
import { createApp } from '../app.ts';
import type { Audit } from '../audit/audit.ts';
import { createLiveSessions } from '../sessions/connect-session.ts';
import { createBodyRooms } from '../doors/body-room.ts';
import { tooMany } from '../doors/floods.ts';
import { restarting } from '../exchange.ts';
import { createRequests } from '../requests.ts';
import { keepWork } from '../work/keep-work.ts';

/** A call as it came to an operation. */
export interface Performed {
  readonly id: RouteId;
  readonly person: Person;
  readonly input: Readonly<Record<string, unknown>>;
  readonly options: UseCaseOptions;
}

/** What operations do in a test. */
export interface Behaviour {
  readonly call?: (performed: Performed) => Promise<unknown>;
  readonly session?: (performed: Performed) => Promise<EngineSession>;
  readonly stream?: (performed: Performed) => AsyncIterable<LogChunk>;
}

/** A server without an engine, and what it told. */
export interface WorkServer {
  readonly url: string;
  readonly store: Store;
  readonly audit: readonly string[];
  /** A request of a person's; `alice` unless another is named. With `x-flood` it is one too many. */
  send(path: string, init?: RequestInit & { readonly as?: string }): Promise<Response>;
  /** No token counts any longer that somebody came with. */
  endTokens(): void;
  /** Aborts what is under way as an ordinary end of the daemon does. */
  end(): void;
  close(): Promise<void>;
}

const uids: Readonly<Record<string, number>> = { alice: 1001, bob: 1002, carol: 1003 };
/** Also two daemons on one ledger give no id twice. */
let count = 0;
const silent = () => undefined;
const log = { debug: silent, info: silent, warn: silent, error: silent };

/** Whoever asks for what is for anybody. */
const unnamed = { person: null, uid: null, token: null, address: null };

function nameOf(uid: number): string {
  return Object.keys(uids).find((name) => uids[name] === uid) ?? 'nobody';
}

function personOf(name: string): Person {
  const user = usernameSchema.parse(name);
  const uid = uids[name] ?? 1999;
  const owner = { name: user, slug: slugOf(user), uid, gid: uid, groupIds: [uid], home: '/home/x' };
  return { owner, role: name === 'carol' ? 'admin' : 'user' };
}

function withToken(person: Person, id: string | string[] | undefined): Person {
  return typeof id === 'string'
    ? { ...person, token: { id, scope: 'write', secure: true } }
    : person;
}

/** Somebody, or, with `x-for`, the one in whose name they act. */
function actingFor(name: string, other: string | string[] | undefined): Person {
  if (typeof other !== 'string') return personOf(name);
  return { ...personOf(other), role: 'admin', actor: personOf(name).owner.name };
}

/** Serves on the loopback address; `store` is another server's to be the daemon after it. */
export async function startWorkServer(
  behaviour: Behaviour,
  given: {
    readonly store?: Store;
    readonly nowMs?: () => number;
    /** Whether tokens of before count still; yes unless given. */
    readonly tokensCount?: boolean;
    /** For ever unless given. */
    readonly sleep?: (durationMs: number) => Promise<void>;
  } = {},
): Promise<WorkServer> {
  const nowMs = given.nowMs ?? (() => 1_760_000_000_000);
  const store = given.store ?? createStore({ path: ':memory:', nowMs });
  const ids = {
    leaseId: () => leaseIdOf(nowMs(), String((count += 1)).padStart(11, '0')),
    hex: (digits: number) => String((count += 1)).padStart(digits, '0'),
  };
  const forEver = () => Promise.withResolvers<void>().promise;
  const clock = { nowMs, sleep: given.sleep ?? forEver };
  const dependencies = { store, ids, signingKey: new Uint8Array(32), clock };
  const deps = dependencies as unknown as ControlPlaneDependencies;
  const folder = mkdtempSync(join(tmpdir(), 'ds01-work-'));
  const ending = new AbortController();
  const { keeper, forApp, takeUp } = keepWork(deps, {
    stateDirectory: folder,
    log,
    signal: ending.signal,
  });
  const requests = createRequests();
  const real = createOperations({
    policyFiles: { read: () => [], readNamed: () => null } as never,
    logger: log,
    clock: { nowMs },
    dependencies: async () => deps,
    withoutState: async () => deps,
    gate: () => ({ installed: true, mode: 'enforce', message: '' }),
    version: () => ({ version: '0', node: 'v0', mode: 'daemon' }),
    ready: async () => ({ ready: true, reason: null }),
    cancel: (id, person, { dryRun }) => requests.cancel(id, person.owner.uid, { dryRun }),
    keeper: null,
    lifecycle: null,
    queue: null,
    work: keeper,
    metrics: null,
  });
  const live = createLiveSessions();
  const audit: string[] = [];
  const audited: Audit = {
    begin: ({ operation }) => {
      audit.push(`begin ${operation}`);
      return (outcome) => audit.push(`${outcome} ${operation}`);
    },
  };
  const tokens: (() => void)[] = [];
  const operations = operationsOf(real, behaviour);
  const app = createApp({
    version: '0.0.0',
    operations,
    ...forApp,
    refusalMs: 50,
    maxUploadBytes: () => 1_000_000,
    requests,
    live,
    accepting: () => true,
    log,
    identify: async ({ id, message, onTokenEnded }) => {
      if (message.headers['x-flood'] !== undefined) throw tooMany(3);
      if (id === null) return { ...unnamed, leave: silent };
      const name = message.headers['x-user'];
      if (typeof name !== 'string') throw ds01Error('access.denied', { message: 'who?' });
      const { 'x-for': other, 'x-token': token } = message.headers;
      const person = withToken(actingFor(name, other), token);
      tokens.push(() => onTokenEnded?.());
      const { uid } = person.owner;
      const expires = message.headers['x-expires'];
      const soon = typeof expires === 'string' ? { tokenExpires: expires } : {};
      return { person, uid, token: null, ...soon, address: null, leave: silent };
    },
    bodies: createBodyRooms(),
    origins: () => ['https://lab.example.org/'],
    onUndone: silent,
    audit: audited,
  });
  takeUp({
    operations,
    requests,
    people: {
      personOf: async (uid) => personOf(nameOf(uid)),
      personBy: async (actor, other) => actingFor(actor, other),
    },
    audit: audited,
    goOnWith({ onEnded }) {
      tokens.push(onEnded);
      return given.tokensCount === false ? null : silent;
    },
  });
  const listener = getRequestListener(app.fetch);
  const server = createServer((message, response) => void listener(message, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  return {
    url,
    store,
    audit,
    send: (path, { as = 'alice', headers, ...init } = {}) =>
      fetch(`${url}${path}`, { ...init, headers: { 'x-user': as, ...plain(headers) } }),
    endTokens() {
      for (const end of tokens) end();
    },
    end() {
      keeper.endAtOnce(restarting());
      requests.abortAll(restarting());
    },
    async close() {
      ending.abort();
      await closed(server);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function plain(headers: RequestInit['headers']): Record<string, string> {
  return Object.fromEntries(new Headers(headers));
}

/** Operations on work itself are real; all others do what the test says. */
function operationsOf(real: Operations, behaviour: Behaviour): Operations {
  const isReal = (id: RouteId): boolean => id.startsWith('operations.') || id === 'requests.cancel';
  const checked = (id: RouteId, person: Person, input: unknown) => ({
    id,
    person,
    input: { ...(real.admit(id, person, input) as object) } as Performed['input'],
  });
  return {
    admit: real.admit,
    callAtOnce: real.callAtOnce,
    async call(id, person, input, options = {}) {
      if (isReal(id)) return real.call(id, person, input, options);
      const performed = { ...checked(id, person, input), options };
      return (await behaviour.call?.(performed)) as never;
    },
    async session(id, person, input, options = {}) {
      const performed = { ...checked(id, person, input), options };
      const session = await behaviour.session?.(performed);
      if (session === undefined) throw new Error(`no session ${id}`);
      return session;
    },
    async stream(id, person, input, options = {}) {
      if (isReal(id)) return real.stream(id, person, input, options);
      const chunks = behaviour.stream?.({ ...checked(id, person, input), options });
      if (chunks === undefined) throw new Error(`no stream ${id}`);
      return chunks;
    },
  };
}

async function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

/** The input of the least deploy. */
export function deployBody(more: Readonly<Record<string, unknown>> = {}): string {
  const nothing = { image: null, project: null, workspace: null };
  return JSON.stringify({ name: 'thesis', ...nothing, gpu: { kind: 'any' }, ...more });
}

/** Headers of a request with JSON. */
export function jsonHeaders(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return { 'content-type': 'application/json', ...more };
}

/** True for a route that the table has; keeps test paths honest. */
export function pathOf(id: RouteId, values: Readonly<Record<string, string>> = {}): string {
  return routes[id].path.replaceAll(/\{(\w+)\}/g, (_, key: string) => values[key] ?? '');
}
