import type { TokenView } from '@ds01/contracts/service';
import type { TokenRecord } from '@ds01/ports';

const iso = (atMs: number): string => new Date(atMs).toISOString();
const isoOrNull = (atMs: number | null): string | null => (atMs === null ? null : iso(atMs));

/** How a token stands. What was revoked stays so, whenever it would have expired. */
export function stateOfToken(
  { revokedAtMs, expiresAtMs }: Pick<TokenRecord, 'revokedAtMs' | 'expiresAtMs'>,
  nowMs: number,
): TokenView['state'] {
  if (revokedAtMs !== null) return 'revoked';
  return expiresAtMs !== null && expiresAtMs <= nowMs ? 'expired' : 'active';
}

/** A token as people see it: never its hash. */
export function tokenViewOf(record: TokenRecord, nowMs: number): TokenView {
  const { id, name, user, scope, hint } = record;
  return {
    id,
    name,
    user,
    scope,
    hint,
    createdAt: iso(record.createdAtMs),
    expiresAt: isoOrNull(record.expiresAtMs),
    lastUsedAt: isoOrNull(record.lastUsedAtMs),
    lastUsedFrom: record.lastUsedFrom,
    state: stateOfToken(record, nowMs),
  };
}
