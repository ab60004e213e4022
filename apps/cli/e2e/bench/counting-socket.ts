import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A socket in front of the engine's that passes requests on and remembers them. */
export interface CountingSocket extends AsyncDisposable {
  readonly path: string;
  /** `METHOD path` of each request, without version and query. */
  readonly requests: string[];
}

/** Opens a {@link CountingSocket} in a folder of its own. */
export async function openCountingSocket(engineSocket: string): Promise<CountingSocket> {
  const folder = mkdtempSync(join(tmpdir(), 'ds01-bench-'));
  const path = join(folder, 'docker.sock');
  const requests: string[] = [];
  const pass = (incoming: IncomingMessage, answer: ServerResponse): void => {
    const { method = 'GET', url = '/', headers } = incoming;
    requests.push(`${method} ${url.replace(/^\/v[\d.]+/, '').replace(/\?.*$/, '')}`);
    const outgoing = request({ socketPath: engineSocket, method, path: url, headers }, (reply) => {
      answer.writeHead(reply.statusCode ?? 500, reply.headers);
      reply.pipe(answer);
    });
    outgoing.on('error', (error) => answer.destroy(error));
    incoming.pipe(outgoing);
  };
  const server = createServer(pass);
  await new Promise<void>((resolve) => {
    server.listen(path, resolve);
  });
  return {
    path,
    requests,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
