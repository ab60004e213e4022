import type { RouteId } from '@ds01/contracts';
import { ds01Error, routeHeads } from '@ds01/contracts/core';
import type { ApiOptions } from '@ds01/ports';

/** Method, path with query, and body of an operation. */
export interface EncodedRequest {
  readonly method: string;
  readonly path: string;
  readonly body: string | null;
}

/**
 * Puts an input where the route wants it: into the path, then into the query or the body. The body of an
 * upload is its bytes, so that its input is in the query.
 */
export function encodeRequest(
  id: RouteId,
  input: Readonly<Record<string, unknown>>,
  options: Pick<ApiOptions, 'dryRun'>,
): EncodedRequest {
  const route = routeHeads[id];
  const rest = { ...input };
  const path = route.path.replaceAll(/\{(\w+)\}/g, (_, key: string) => {
    const value = rest[key];
    delete rest[key];
    return encodeSegment(value);
  });
  const query = new URLSearchParams();
  if (options.dryRun === true) query.set('dryRun', 'true');
  const hasBody = route.method === 'POST' && route.kind !== 'upload';
  if (!hasBody) {
    for (const [key, value] of Object.entries(rest)) {
      if (value !== null && value !== undefined) query.set(key, textOf(value));
    }
  }
  return {
    method: route.method,
    path: query.size === 0 ? path : `${path}?${query.toString()}`,
    body: hasBody ? JSON.stringify(rest) : null,
  };
}

/**
 * `.` and `..` would be taken for steps in the path, an empty one for its end; half a character has
 * no bytes.
 */
function encodeSegment(value: unknown): string {
  const text = textOf(value);
  if (text !== '' && !/^\.+$/.test(text) && text.isWellFormed()) return encodeURIComponent(text);
  throw ds01Error('name.invalid', {
    message: `${JSON.stringify(text)} can't be a name.`,
    hint: 'ds01 container list --all',
  });
}

/** What stands in a path or a query; other values have no place there. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}
