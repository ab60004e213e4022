import { failedToSend, type SendOptions } from './failure.ts';

const maxRedirects = 3;

/** 408 Request Timeout, 425 Too Early and 429 Too Many Requests: the same later may succeed. */
const later: ReadonlySet<number> = new Set([408, 425, 429]);

/**
 * POSTs JSON; any 2xx is a success, and the answer isn't read. Only a 307 or 308 to the same scheme,
 * host and port is followed, so that what people did is told nobody that the site didn't name.
 */
export async function postWebhook(
  { url, body }: { readonly url: string; readonly body: string },
  { timeoutMs, signal }: SendOptions,
): Promise<void> {
  const limits = [AbortSignal.timeout(timeoutMs), ...(signal === undefined ? [] : [signal])];
  const target = originOf(url);
  let place = new URL(url);
  for (let redirects = 0; redirects <= maxRedirects; redirects += 1) {
    const response = await post(place, body, AbortSignal.any(limits)).catch((error: unknown) => {
      throw failedToSend({ target, reason: reasonOf(error), retryable: true });
    });
    await response.body?.cancel().catch(() => undefined);
    const { status } = response;
    if (response.ok) return;
    const next = nextPlace(status, response.headers.get('location'), place);
    if (next === null) {
      const retryable = status >= 500 || later.has(status);
      throw failedToSend({ target, reason: `answered with status ${status}`, retryable });
    }
    place = next;
  }
  throw failedToSend({ target, reason: 'redirects again and again', retryable: false });
}

function post(place: URL, body: string, signal: AbortSignal): Promise<Response> {
  return fetch(withoutPassword(place), {
    method: 'POST',
    redirect: 'manual',
    headers: {
      'content-type': 'application/json',
      'user-agent': 'ds01',
      ...authorization(place),
    },
    body,
    signal,
  });
}

/** fetch refuses a password in the address; RFC 7617 has a header for it. */
function authorization({ username, password }: URL): Readonly<Record<string, string>> {
  if (username === '' && password === '') return {};
  const text = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { authorization: `Basic ${Buffer.from(text).toString('base64')}` };
}

function withoutPassword(place: URL): URL {
  const plain = new URL(place);
  plain.username = '';
  plain.password = '';
  return plain;
}

function nextPlace(status: number, location: string | null, place: URL): URL | null {
  if ((status !== 307 && status !== 308) || location === null) return null;
  const next = URL.parse(location, place.href);
  if (next === null || next.origin !== place.origin) return null;
  next.username = place.username;
  next.password = place.password;
  return next;
}

/** Paths of webhooks are secrets as often as not. */
function originOf(url: string): string {
  return `webhook ${URL.parse(url)?.origin ?? 'of no address'}`;
}

/** fetch says "fetch failed" and puts what happened into the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (cause instanceof AggregateError) return cause.errors.map(String).join('; ');
  return cause instanceof Error ? cause.message : error.message;
}
