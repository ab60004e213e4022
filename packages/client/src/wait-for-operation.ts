import { ds01Error, errorOfProblem, isDs01Error, toDs01Error } from '@ds01/contracts/core';
import type { OperationView } from '@ds01/contracts/service';
import type { DaemonClient, WaitOptions } from './daemon-client.ts';

/**
 * The operation once it has succeeded. Throws what it failed with. An aborted signal cancels it, and its
 * end is awaited all the same.
 */
export async function waitForOperation(
  client: Pick<DaemonClient, 'call' | 'follow'>,
  id: string,
  { signal, onProgress }: WaitOptions,
): Promise<OperationView> {
  const given = new AbortController();
  const refusals: Error[] = [];
  const cancel = (): void => {
    client.call('operations.cancel', { id }).catch((error: unknown) => {
      if (isDs01Error(error) && error.code === 'work.ended') return;
      // Nothing will come of waiting when it can't even be cancelled.
      refusals.push(toDs01Error(error));
      given.abort();
    });
  };
  if (signal?.aborted === true) cancel();
  else signal?.addEventListener('abort', cancel, { once: true });
  try {
    for await (const record of client.follow('operations.follow', { id }, given)) {
      if ('progress' in record) onProgress?.(record.progress);
      else if (record.operation.state !== 'running') return succeeded(record.operation);
    }
    for (const refusal of refusals) throw refusal;
    return succeeded(await client.call('operations.show', { id }));
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
}

function succeeded(operation: OperationView): OperationView {
  if (operation.state === 'succeeded') return operation;
  if (operation.error !== null) throw errorOfProblem(operation.error);
  throw ds01Error(operation.state === 'cancelled' ? 'operation.interrupted' : 'work.interrupted', {
    message: `The operation ${operation.id} is ${operation.state}.`,
    hint: 'ds01 container list --all',
  });
}
