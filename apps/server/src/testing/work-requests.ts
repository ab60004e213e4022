import { problemSchema } from '@ds01/contracts';
import { operationSchema } from '@ds01/contracts/service';
import { z } from 'zod';
import { jsonHeaders, pathOf, type Performed, type WorkServer } from './work-server.ts';

/** Operations that wait to be told how they end. */
export function gated() {
  const performed: Performed[] = [];
  const begun = Promise.withResolvers<Performed>();
  const gate = Promise.withResolvers<unknown>();
  const call = (one: Performed): Promise<unknown> => {
    performed.push(one);
    begun.resolve(one);
    const aborted = new Promise((_, reject) => {
      const { signal } = one.options;
      signal?.addEventListener('abort', () => reject(abortionOf(signal)), { once: true });
    });
    return Promise.race([gate.promise, aborted]);
  };
  return { call, performed, begun: begun.promise, end: gate.resolve, fail: gate.reject };
}

function abortionOf({ reason }: AbortSignal): Error {
  return reason instanceof Error ? reason : new Error('aborted');
}

/** Path of the call that stops a container. */
export const stop = pathOf('containers.stop', { name: 'thesis' });
/** Path of the call that sends an image. */
export const push = pathOf('images.push', { name: 'thesis' });
/** Path of the call that deploys. */
export const deploy = pathOf('containers.deploy');
/** A request that is sent, with further headers. */
export const post = (more: Readonly<Record<string, string>> = {}, body = '{}') => ({
  method: 'POST',
  headers: jsonHeaders(more),
  body,
});
/** A request that sends an image. */
export const pushing = (more: Readonly<Record<string, string>> = {}) =>
  post(more, '{"target":"registry.example.org/thesis:v1"}');
/** The operation that an answer holds. */
export const operationOf = async (response: Response) =>
  operationSchema.parse(await response.json());
/** The problem that an answer holds. */
export const problemOf = async (response: Response) => problemSchema.parse(await response.json());
/** The header of an `Idempotency-Key`. */
export const key = (value: string) => ({ 'idempotency-key': value });
/** Operations as they are listed, all at once. */
export const listSchema = z.object({ operations: z.array(operationSchema), nextCursor: z.null() });

/** Reads an operation until it has ended. */
export async function endOf(server: WorkServer, id: string, as = 'alice') {
  const path = pathOf('operations.follow', { id });
  const text = await (await server.send(path, { as })).text();
  const last = z.string().parse(text.trimEnd().split('\n').at(-1));
  return z.object({ line: z.int(), operation: operationSchema }).parse(JSON.parse(last)).operation;
}
