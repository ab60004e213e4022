import type { IncomingMessage } from 'node:http';
import { webSocketProtocol, webSocketTokenPrefix, wireHeaders } from '@ds01/contracts/core';
import { ds01Error } from '@ds01/contracts';

/** What a request says of who sends it. */
export type CallerHeaders = Pick<IncomingMessage, 'headers' | 'headersDistinct'>;

/** What a page can't put into headers, and the query may say instead. */
const fromQuery = [wireHeaders.clientVersion, wireHeaders.actFor] as const;

/** Names as RFC 9110, 5.6.2, has them. */
const namePattern = /^[\w!#$%&'*+.^`|~-]+$/;
/** Longer than any token: what is longer is none. */
const longestToken = 400;

/**
 * Fails with `request.invalid` for a handshake that isn't one by RFC 6455, 4.2.1, that has a body, or
 * that doesn't offer our subprotocol: a program of another one would take frames for something else.
 */
export function refuseOtherHandshakes({ headers }: Pick<IncomingMessage, 'headers'>): void {
  if (!/^[A-Za-z\d+/]{22}==$/.test(headers['sec-websocket-key'] ?? '')) {
    throw notUnderstood('its Sec-WebSocket-Key is missing or wrong');
  }
  if (headers['sec-websocket-version'] !== '13') {
    throw notUnderstood('its Sec-WebSocket-Version is not 13');
  }
  if (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0) {
    throw notUnderstood('it has a body');
  }
  const protocols = offered({ headers });
  const isList = protocols.every((one) => namePattern.test(one));
  if (!isList || new Set(protocols).size < protocols.length) {
    throw notUnderstood('its subprotocols are no list of different names');
  }
  if (!protocols.includes(webSocketProtocol)) {
    throw notUnderstood(`it does not offer the subprotocol ${webSocketProtocol}`);
  }
}

/**
 * The request with what a page says elsewhere, put where every caller is looked for: a token of the
 * subprotocols as `Authorization`, version and account of the query as their headers. Whoever gives a
 * token twice has given none: it would be a guess which one is meant.
 */
export function callerOf(message: CallerHeaders, query: URLSearchParams): CallerHeaders {
  const tokens = offered(message)
    .filter((one) => one.startsWith(webSocketTokenPrefix))
    .map((one) => `Bearer ${decoded(one.slice(webSocketTokenPrefix.length))}`);
  const said = Object.fromEntries(
    fromQuery.flatMap((name) => {
      const value = query.get(name);
      return value === null ? [] : [[name, value]];
    }),
  );
  const distinct = message.headersDistinct;
  const authorization = [...(distinct['authorization'] ?? []), ...tokens];
  return {
    headers: { ...said, ...message.headers },
    headersDistinct: { ...distinct, ...(authorization.length === 0 ? {} : { authorization }) },
  };
}

function offered({ headers }: Pick<IncomingMessage, 'headers'>): readonly string[] {
  return (headers['sec-websocket-protocol'] ?? '').split(',').map((one) => one.trim());
}

/** What is no base64url is no token, which is said where tokens are looked at. */
function decoded(text: string): string {
  return text.length > longestToken ? '' : Buffer.from(text, 'base64url').toString('latin1');
}

function notUnderstood(why: string) {
  return ds01Error('request.invalid', {
    message: `This is no session over a WebSocket: ${why}.`,
    hint: `offer the subprotocol ${webSocketProtocol}, in a handshake by RFC 6455`,
  });
}
