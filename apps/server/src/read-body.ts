import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { ds01Error } from '@ds01/contracts';
import { z } from 'zod';

/** Longest body of a request: secrets and environments fit, uploads have other ways. */
export const maxBodyBytes = 2_097_152;
/**
 * So much of a body that is too long is read and thrown away: a client that is still sending would
 * find the connection closed instead of reading why.
 */
export const maxDroppedBytes = 8 * maxBodyBytes;

const bodySchema = z.record(z.string(), z.unknown());

/**
 * The JSON object that a request carries, `{}` for an empty body. Fails with
 * `request.too-large` and `request.invalid`; the connection stays open for the answer.
 */
export async function readBody(
  message: Readable & Pick<IncomingMessage, 'headers'>,
): Promise<Readonly<Record<string, unknown>>> {
  const announced = Number(message.headers['content-length'] ?? 0);
  if (announced > maxDroppedBytes) throw tooLarge();
  return parseBody(await readBytes(message), message.headers['content-type']);
}

async function readBytes(message: Readable): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    const received: AsyncIterable<Uint8Array> = message.iterator({ destroyOnReturn: false });
    for await (const bytes of received) {
      length += bytes.length;
      if (length > maxDroppedBytes) break;
      if (length <= maxBodyBytes) chunks.push(bytes);
    }
  } catch {
    throw notUnderstood('the connection broke before its end');
  }
  if (length > maxBodyBytes) throw tooLarge();
  return Buffer.concat(chunks);
}

/** {@link readBody} for bytes that are there already. */
export function parseBody(
  bytes: Uint8Array,
  contentType: string | undefined,
): Readonly<Record<string, unknown>> {
  if (bytes.length === 0) return {};
  if (contentType?.split(';')[0]?.trim().toLowerCase() !== 'application/json') {
    throw notUnderstood('its content type is not application/json');
  }
  const body = bodySchema.safeParse(jsonOrNull(new TextDecoder().decode(bytes)));
  if (body.success) return body.data;
  throw notUnderstood('its body is no JSON object');
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The error for a body that is too long. */
export function tooLarge() {
  return ds01Error('request.too-large', {
    message: `The request is larger than ${maxBodyBytes} bytes.`,
    hint: 'send less at once',
  });
}

function notUnderstood(why: string) {
  return ds01Error('request.invalid', {
    message: `The request was not understood: ${why}.`,
    hint: 'send a JSON object with content-type: application/json',
  });
}
