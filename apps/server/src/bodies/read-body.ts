import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { ds01Error, isDs01Error } from '@ds01/contracts';
import { z } from 'zod';
import type { BodyRoom } from '../doors/body-room.ts';

/** Longest body of a request: secrets and environments fit, uploads have other ways. */
export const maxBodyBytes = 2_097_152;
/**
 * So much of a body that is too long is read and thrown away: a client that is still sending would
 * find the connection closed instead of reading why.
 */
export const maxDroppedBytes = 4 * maxBodyBytes;

/** Who sends a body more slowly than this is not waited for. */
export const bodyTimeoutMs = 60_000;

const bodySchema = z.record(z.string(), z.unknown());

/**
 * The JSON object that a request carries, `{}` for an empty body. Fails with
 * `request.too-large`, `request.media-type`, `request.invalid` and, without room for it,
 * `rate.limited`; the connection stays open for the answer.
 */
export async function readBody(
  message: Readable & Pick<IncomingMessage, 'headers'>,
  room: Pick<BodyRoom, 'take'>,
): Promise<Readonly<Record<string, unknown>>> {
  const announced = Number(message.headers['content-length'] ?? 0);
  if (announced > maxDroppedBytes) throw tooLarge();
  const tooSlow = setTimeout(() => message.destroy(), bodyTimeoutMs);
  try {
    return parseBody(await readBytes(message, room), message.headers['content-type']);
  } finally {
    clearTimeout(tooSlow);
  }
}

async function readBytes(message: Readable, room: Pick<BodyRoom, 'take'>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    const received: AsyncIterable<Uint8Array> = message.iterator({ destroyOnReturn: false });
    for await (const bytes of received) {
      length += bytes.length;
      if (length > maxDroppedBytes) break;
      if (length > maxBodyBytes) continue;
      room.take(bytes.length);
      chunks.push(bytes);
    }
  } catch (error) {
    if (isDs01Error(error)) throw error;
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
    throw otherMediaType(contentType);
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

function otherMediaType(given = 'none') {
  return ds01Error('request.media-type', {
    message: `A body of the type ${JSON.stringify(given.slice(0, 100))} is not taken here.`,
    hint: 'send a JSON object with content-type: application/json',
  });
}

function notUnderstood(why: string) {
  return ds01Error('request.invalid', {
    message: `The request was not understood: ${why}.`,
    hint: 'send a JSON object with content-type: application/json',
  });
}
