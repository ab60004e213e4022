import { createHmac } from 'node:crypto';
import type { RouteId } from '@ds01/contracts';

/**
 * What makes two requests the same: HMAC-SHA-256 of route, checked input and, of an upload, the hash
 * of its bytes, in hexadecimal. The order of keys doesn't count. Keyed, because inputs have secrets.
 */
export function workFingerprint(
  signingKey: Uint8Array,
  request: { readonly id: RouteId; readonly input: unknown; readonly bytes?: string | undefined },
): string {
  const text = JSON.stringify([request.id, sorted(request.input), request.bytes ?? null]);
  return createHmac('sha256', signingKey).update('operation\n').update(text).digest('hex');
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}
