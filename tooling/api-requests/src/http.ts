import type { ApiRequest } from './valid-requests.ts';

/** A request as it is sent. */
export interface HttpRequest {
  readonly operationId: string;
  readonly kind: string;
  readonly method: string;
  /** Path and query, encoded. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | null;
  /** What was done to it; empty for one that the document allows. */
  readonly mutations: readonly string[];
}

/** A tar archive with nothing in it. */
const emptyArchive = new Uint8Array(1024);

/** A request of the document as HTTP. */
export function httpOf(request: ApiRequest): HttpRequest {
  const { operationId, kind, method, path, inPath, query, headers, body } = request;
  const place = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encoded(inPath[name]));
  const search = Object.entries(query)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encoded(value)}`)
    .join('&');
  const target = search === '' ? place : `${place}?${search}`;
  const sent = { operationId, kind, method, target, mutations: [] };
  if (kind === 'upload') {
    const archive = { ...headers, 'content-type': 'application/x-tar' };
    return { ...sent, headers: archive, body: emptyArchive };
  }
  if (body === undefined) return { ...sent, headers, body: null };
  const json = { ...headers, 'content-type': 'application/json' };
  return { ...sent, headers: json, body: JSON.stringify(body) };
}

/** A value in a path or a query; `.` and `..` would change the path, whoever encodes them. */
function encoded(value: unknown): string {
  const text = String(value).toWellFormed();
  return encodeURIComponent(text === '.' || text === '..' ? 'dots' : text);
}
