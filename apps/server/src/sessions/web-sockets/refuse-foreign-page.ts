import type { IncomingMessage } from 'node:http';
import { ds01Error } from '@ds01/contracts';
import { isSameOrigin } from '../../doors/cross-origin.ts';
import type { NetworkDoor } from '../../doors/doors.ts';

/**
 * Browsers hold no page back from opening a WebSocket anywhere; they only say in `Origin` which page it
 * is. Fails with `access.denied` unless there is none, so that it is no page, or it is one of the
 * configured origins, or the address's own. At the socket, where the kernel's word is enough, no page's is:
 * whoever forwards it to a port would let every page in that calls that port by a name of its own.
 */
export function refuseForeignPage(
  { headers, headersDistinct }: Pick<IncomingMessage, 'headers' | 'headersDistinct'>,
  { door, origins }: { readonly door: NetworkDoor | null; readonly origins: readonly string[] },
): void {
  const given = headersDistinct['origin'] ?? [];
  const [origin] = given;
  if (origin === undefined) return;
  const isKnown = origins.some((known) => isSameOrigin(known, origin));
  if (given.length === 1 && (isKnown || isOwn(origin, headers.host, door))) return;
  throw ds01Error('access.denied', {
    message: 'Pages of this origin may not open sessions.',
    hint: 'an administrator can name the origin in server.cors_origins of ds01.yaml',
  });
}

/** Before an address without TLS there may be a proxy with it. */
function isOwn(origin: string, host: string | undefined, door: NetworkDoor | null): boolean {
  if (door === null || host === undefined) return false;
  const schemes = door.secure ? ['https'] : ['http', 'https'];
  return schemes.some((scheme) => isSameOrigin(`${scheme}://${host}`, origin));
}
