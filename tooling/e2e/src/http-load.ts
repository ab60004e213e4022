import { createConnection } from 'node:net';

/** One request of a load. */
export interface LoadRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Path with its query. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
}

/** What came back. */
export interface LoadAnswer {
  readonly request: LoadRequest;
  readonly status: number;
  /** From when it was due, so that waiting for a free connection counts. */
  readonly durationMs: number;
}

/** Where the load goes. */
export interface LoadTarget {
  readonly socketPath: string;
  /** Connections that are kept open; each has one request under way. */
  readonly connections: number;
  /** Headers of every request. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A connection that is asked again and again. It knows just enough HTTP to cost little itself. */
interface Line {
  ask(request: LoadRequest): Promise<number>;
  close(): void;
}

/** Connections that are asked in one go after the other. */
export interface OpenLoad {
  /**
   * Asks as often as answers come, over all connections, for a time; how many answers came, and how many
   * of them were none of 2xx.
   */
  ask(load: {
    readonly requests: readonly LoadRequest[];
    readonly durationMs: number;
  }): Promise<{ readonly answers: number; readonly failed: number; readonly seconds: number }>;
  close(): void;
}

/** Connects. Whoever asks nothing for some seconds may be hung up on. */
export async function openLoad(target: LoadTarget): Promise<OpenLoad> {
  const lines = await openLines(target);
  return {
    async ask({ requests, durationMs }) {
      const startedMs = performance.now();
      let answers = 0;
      let failed = 0;
      const worker = async (line: Line, first: number): Promise<void> => {
        for (let index = first; performance.now() - startedMs < durationMs; index += 1) {
          const request = requests[index % requests.length];
          if (request === undefined) return;
          const status = await line.ask(request);
          answers += 1;
          if (status < 200 || status > 299) failed += 1;
        }
      };
      await Promise.all(lines.map(worker));
      return { answers, failed, seconds: (performance.now() - startedMs) / 1000 };
    },
    close() {
      for (const line of lines) line.close();
    },
  };
}

/** Asks at a steady rate for a time, however long answers take; every answer in the order it came. */
export async function askAtRate(
  target: LoadTarget,
  load: {
    readonly perSecond: number;
    readonly durationMs: number;
    /** The nth request. */
    readonly nth: (index: number) => LoadRequest;
  },
): Promise<readonly LoadAnswer[]> {
  const lines = await openLines(target);
  const free = [...lines];
  const waiting: (() => void)[] = [];
  const answers: LoadAnswer[] = [];
  const startedMs = performance.now();
  const total = Math.floor((load.durationMs / 1000) * load.perSecond);
  const ask = async (index: number, dueMs: number): Promise<void> => {
    while (free.length === 0) await new Promise<void>((resolve) => waiting.push(resolve));
    // In turn, so that none rests until the server hangs up on it.
    const line = free.shift();
    if (line === undefined) throw new Error('no connection is free');
    const request = load.nth(index);
    const status = await line.ask(request);
    answers.push({ request, status, durationMs: performance.now() - dueMs });
    free.push(line);
    waiting.shift()?.();
  };
  const asked: Promise<void>[] = [];
  try {
    while (asked.length < total) {
      const dueCount = Math.min(total, ((performance.now() - startedMs) / 1000) * load.perSecond);
      while (asked.length < dueCount) {
        const index = asked.length;
        asked.push(ask(index, startedMs + (index * 1000) / load.perSecond));
      }
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await Promise.all(asked);
    return answers;
  } finally {
    for (const line of lines) line.close();
  }
}

/** The duration that a share of the answers stayed below, in ms; NaN without answers. */
export function percentileOf(answers: readonly LoadAnswer[], share: number): number {
  const sorted = answers.map(({ durationMs }) => durationMs).toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function openLines({ socketPath, connections, headers }: LoadTarget): Promise<readonly Line[]> {
  const fixed = Object.entries({ host: 'ds01', ...headers });
  const head = fixed.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return Promise.all(Array.from({ length: connections }, () => openLine(socketPath, head)));
}

async function openLine(socketPath: string, head: string): Promise<Line> {
  const socket = createConnection(socketPath);
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  let under: PromiseWithResolvers<number> | null = null;
  let received = Buffer.alloc(0);
  const fail = (error: Error): void => {
    under?.reject(error);
    under = null;
  };
  socket.on('error', fail);
  socket.on('close', () => fail(new Error('the connection was closed')));
  socket.on('data', (chunk) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    const answer = readAnswer(received);
    if (answer === null) return;
    received = Buffer.alloc(0);
    under?.resolve(answer);
    under = null;
  });
  return {
    ask(request) {
      if (socket.destroyed) throw new Error('the connection was closed while it rested');
      under = Promise.withResolvers();
      socket.write(textOf(request, head));
      return under.promise;
    },
    close: () => socket.destroy(),
  };
}

function textOf({ method, path, body }: LoadRequest, headers: string): string {
  const text = body === undefined ? '' : JSON.stringify(body);
  const type = body === undefined ? '' : 'content-type: application/json\r\n';
  const length = method === 'GET' ? '' : `content-length: ${String(Buffer.byteLength(text))}\r\n`;
  return `${method} ${path} HTTP/1.1\r\n${headers}${type}${length}\r\n${text}`;
}

/** The status of an answer that is there as a whole, `null` before. */
function readAnswer(received: Buffer): number | null {
  const end = received.indexOf('\r\n\r\n');
  if (end < 0) return null;
  const head = received.subarray(0, end).toString('latin1');
  const length = /^content-length: (\d+)$/im.exec(head)?.[1];
  const isWhole =
    length === undefined
      ? received.subarray(-5).toString('latin1') === '0\r\n\r\n'
      : received.length >= end + 4 + Number(length);
  return isWhole ? Number(head.slice(9, 12)) : null;
}
