import type { MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';
import { wireHeaders } from '@ds01/contracts';

/** What pages of other origins may send and read: tokens stand in a header, cookies are of no use. */
const allowed = {
  allowMethods: ['GET', 'POST', 'DELETE'],
  allowHeaders: [
    'authorization',
    'content-type',
    'accept',
    'prefer',
    'idempotency-key',
    'last-event-id',
    wireHeaders.clientVersion,
    wireHeaders.actFor,
  ],
  exposeHeaders: [
    wireHeaders.requestId,
    wireHeaders.serverVersion,
    wireHeaders.tokenExpires,
    'location',
    'retry-after',
    'idempotency-replayed',
    'preference-applied',
  ],
  maxAge: 600,
};

/**
 * Lets web pages of these origins call; without origins no page may, and nothing is answered to the
 * question whether one may.
 */
export function crossOrigin(origins: () => readonly string[]): MiddlewareHandler {
  const handle = cors({
    ...allowed,
    origin: (origin) => (origins().some((known) => isSameOrigin(known, origin)) ? origin : null),
  });
  return async (context, next) => {
    const origin = context.req.header('origin');
    const isKnown = origin !== undefined && origins().some((known) => isSameOrigin(known, origin));
    return isKnown ? handle(context, next) : next();
  };
}

/** Whether an origin is the one that is known; settings may end in a slash, which an origin never does. */
export function isSameOrigin(known: string, origin: string): boolean {
  return known.replace(/\/$/, '').toLowerCase() === origin.toLowerCase();
}
