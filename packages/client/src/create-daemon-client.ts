import type { CallId, RouteOutput } from '@ds01/contracts';
import { ds01Error, wireHeaders } from '@ds01/contracts/core';
import type { OperationView } from '@ds01/contracts/service';
import type { Answer } from './answer.ts';
import { notUnderstood, understood, type SafeRead } from './answers.ts';
import { ask, isDry, openStream, policyFor, type Asking } from './ask.ts';
import type { DaemonClient } from './daemon-client.ts';
import { loadSchemas } from './load-schemas.ts';
import type { CallerOptions } from './options.ts';
import { framesMediaType, outputOf } from './output.ts';

/** The operations of the daemon that requests are sent to. */
export function createDaemonClient(asking: Asking): DaemonClient {
  const { transport, options } = asking;
  const client: DaemonClient = {
    async call(id, input, given = {}) {
      const { document, answer } = await ask(asking, { id, input }, given);
      if (answer.status !== 202) return checked(id, document, trusts(options, answer));
      const begun = await operationIn(document);
      const { result } = await client.waitForOperation(begun.id, given);
      if (result === null) throw answerNotKept(begun.id);
      return checked(id, result, trusts(options, answer));
    },
    async begin(id, input, given = {}) {
      const { document, answer } = await ask(asking, { id, input, later: true }, given);
      // What is done at once needs no waiting for; with a key there is an operation of it, too.
      const done = /\/operations\/(\w+)$/.exec(answer.header('location') ?? '')?.[1];
      if (answer.status !== 202 && done === undefined) {
        throw notUnderstood(`it has status ${answer.status} and is no operation`);
      }
      const begun =
        answer.status === 202
          ? await operationIn(document)
          : await client.call('operations.show', { id: done ?? '' });
      // Whoever aborted before they had it has nobody else to end it.
      return given.signal?.aborted === true ? client.waitForOperation(begun.id, given) : begun;
    },
    async waitForOperation(id, given = {}) {
      const { waitForOperation } = await import('./wait-for-operation.ts');
      return waitForOperation(client, id, given);
    },
    async upload(id, input, body, given = {}) {
      const { upload } = await import('./upload.ts');
      const wanted = { id, input, body, dryRun: isDry(asking, given) };
      return operationIn(await upload(asking, wanted, given));
    },
    async stream(id, input, given = {}) {
      const { signal } = given;
      const opening = {
        headers: { accept: framesMediaType },
        policy: policyFor(asking, {}),
        dryRun: isDry(asking, given),
        signal,
      };
      return outputOf(await openStream(asking, { id, input, ...opening }), signal);
    },
    async *follow(id, input, { signal } = {}) {
      const { follow } = await import('./follow.ts');
      yield* follow(asking, client, { id, input, signal });
    },
    async *pages(id, input, given = {}) {
      const { pagesOf } = await import('./pages.ts');
      yield* pagesOf(client, { id, input, given });
    },
    close: () => transport.close(),
  };
  return client;
}

/** True when the answer comes from a daemon of the caller's own version that it takes at its word. */
function trusts({ trustsOwnVersion, version }: CallerOptions, answer: Answer): boolean {
  return trustsOwnVersion === true && answer.header(wireHeaders.serverVersion) === version;
}

async function checked<Id extends CallId>(
  id: Id,
  document: unknown,
  trusted: boolean,
): Promise<RouteOutput<Id>> {
  // What the daemon sends is typed by the same table that it was built with.
  if (trusted) return document as RouteOutput<Id>;
  const { routes } = await loadSchemas();
  const output: { safeParse(data: unknown): SafeRead<unknown> } = routes[id].output;
  return understood(output.safeParse(document)) as RouteOutput<Id>;
}

function answerNotKept(operation: string) {
  return ds01Error('work.ended', {
    message: 'This was done, but its answer is not kept: it is very long.',
    hint: 'ask for what it made',
    details: { operation },
  });
}

async function operationIn(document: unknown): Promise<OperationView> {
  const { operationSchema } = await loadSchemas();
  return understood(operationSchema.safeParse(document));
}
