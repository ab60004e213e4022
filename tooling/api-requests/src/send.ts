import { request, type RequestOptions } from 'node:http';
import type { HttpAnswer } from './answers.ts';
import type { HttpRequest } from './http.ts';

/** Where requests go, and how long an answer may take. */
export interface Destination extends Pick<
  RequestOptions,
  'host' | 'port' | 'socketPath' | 'agent'
> {
  /** Sent with every request, over what it has itself. */
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Of an answer that goes on and on, so much is read. */
  readonly mostBytes: number;
}

/** Sends a request exactly as it is; fails when no answer comes in time. */
export function send(to: Destination, given: HttpRequest): Promise<HttpAnswer> {
  const { headers, timeoutMs, mostBytes, ...place } = to;
  const { method, target, body } = given;
  const length = { 'content-length': String(body === null ? 0 : Buffer.byteLength(body)) };
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const sent = request(
      {
        ...place,
        method,
        path: target,
        headers: { ...given.headers, ...length, ...headers },
        signal,
      },
      (answer) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        const finish = (): void =>
          resolve({
            status: answer.statusCode ?? 0,
            headers: { 'content-type': answer.headers['content-type'] },
            body: Buffer.concat(chunks).toString(),
          });
        answer.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          bytes += chunk.length;
          if (bytes <= mostBytes) return;
          finish();
          sent.destroy();
        });
        answer.on('end', finish);
        answer.on('error', reject);
      },
    );
    // What was sent was understood: an upgrade is an answer, too.
    sent.on('upgrade', (answer, socket) => {
      socket.destroy();
      resolve({ status: answer.statusCode ?? 0, headers: {}, body: '' });
    });
    sent.on('error', reject);
    sent.end(body ?? undefined);
  });
}
