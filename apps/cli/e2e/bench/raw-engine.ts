import { Agent, request } from 'node:http';
import { z } from 'zod';

const createdSchema = z.object({ Id: z.string() });
const inspectedSchema = z.object({
  Config: z.record(z.string(), z.unknown()),
  HostConfig: z.record(z.string(), z.unknown()),
});

/** The engine's API with nothing in between, on kept-alive connections. */
export interface RawEngine {
  /** The body that makes another container like this one. */
  readonly bodyLike: (name: string) => Promise<Readonly<Record<string, unknown>>>;
  readonly create: (name: string, body: unknown) => Promise<string>;
  readonly start: (id: string) => Promise<void>;
  readonly remove: (id: string) => Promise<void>;
  readonly close: () => void;
}

/** The engine at a unix socket. Any answer that isn't a success is thrown. */
export function createRawEngine(socketPath: string): RawEngine {
  const agent = new Agent({ keepAlive: true });
  const send = (method: string, path: string, body?: unknown): Promise<string> =>
    new Promise((resolve, reject) => {
      const text = body === undefined ? '' : JSON.stringify(body);
      const headers = {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(text),
      };
      const outgoing = request({ agent, socketPath, method, path, headers }, (answer) => {
        let received = '';
        answer.setEncoding('utf8');
        answer.on('data', (chunk: string) => {
          received += chunk;
        });
        answer.on('error', reject);
        answer.on('end', () => {
          if ((answer.statusCode ?? 500) < 300) resolve(received);
          else reject(new Error(`${method} ${path}: ${String(answer.statusCode)} ${received}`));
        });
      });
      outgoing.on('error', reject);
      outgoing.end(text);
    });
  return {
    async bodyLike(name) {
      const text = await send('GET', `/containers/${name}/json`);
      const { Config, HostConfig } = inspectedSchema.parse(JSON.parse(text));
      return { ...Config, HostConfig };
    },
    async create(name, body) {
      const text = await send('POST', `/containers/create?name=${name}`, body);
      return createdSchema.parse(JSON.parse(text)).Id;
    },
    async start(id) {
      await send('POST', `/containers/${id}/start`);
    },
    async remove(id) {
      await send('DELETE', `/containers/${id}?force=true`);
    },
    close: () => agent.destroy(),
  };
}
