import type { UploadId } from '@ds01/contracts/service';
import type { Answer, UploadBody } from './answer.ts';
import { readDocument } from './answers.ts';
import { createKey, pauseOf, policyFor, recordOf, type Asking } from './ask.ts';
import type { CallOptions } from './daemon-client.ts';
import { noRetry, repeat, type Outcome } from './retry.ts';
import { encodeRequest } from './wire-request.ts';

/**
 * Sends the bytes of an upload and gives the document of the answer. Bytes that come once are sent
 * once, whatever is asked for.
 */
export async function upload(
  asking: Asking,
  wanted: {
    readonly id: UploadId;
    readonly input: unknown;
    readonly body: UploadBody;
    readonly dryRun: boolean;
  },
  given: CallOptions,
): Promise<unknown> {
  const { id, input, body, dryRun } = wanted;
  const { signal } = given;
  signal?.throwIfAborted();
  const canBeResent = body instanceof Uint8Array || body instanceof Blob;
  const policy = canBeResent ? policyFor(asking, given) : noRetry;
  const key = given.idempotencyKey ?? (policy.attempts > 1 ? createKey() : null);
  const request = {
    ...encodeRequest(id, recordOf(input), { dryRun }),
    headers: {
      accept: 'application/json',
      'content-type': 'application/x-tar',
      ...(key === null ? {} : { 'idempotency-key': key }),
    },
    body,
    signal,
  };
  const attempt = async (): Promise<Outcome<unknown>> => {
    let answer: Answer | null = null;
    try {
      answer = await asking.transport.send(request);
      return { value: await readDocument(answer, given.onProgress) };
    } catch (error) {
      return { error, answer };
    }
  };
  const risk = key === null ? 'harm' : 'nothing';
  return repeat(attempt, { policy, risk, pause: pauseOf(asking, id), signal });
}
