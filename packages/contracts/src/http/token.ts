import { z } from 'zod';

const instant = z.iso.datetime();

/**
 * What a token may do. `read`: everything that changes nothing; `write`: what its person may;
 * `admin`: also what administrators may, if its person is one, and over TLS alone; `metrics`: nothing
 * but reading the metrics.
 */
export const tokenScopeSchema = z.enum(['read', 'write', 'admin', 'metrics']);
/** What a token may do. See {@link tokenScopeSchema}. */
export type TokenScope = z.infer<typeof tokenScopeSchema>;

/** Id of a token: `t` and 20 characters. */
export const tokenIdSchema = z
  .string()
  .regex(/^t[0-9a-z]{20}$/, { error: 'the id of a token, such as ds01 token list shows it' });

/** Secret of a token: 256 random bits after a prefix that scanners of leaked secrets can look for. */
export const tokenSecretPattern = /^ds01_[A-Za-z0-9_-]{43}$/;

/** A token as its person sees it. */
export const tokenSchema = z.object({
  id: z.string(),
  name: z.string(),
  user: z.string(),
  scope: tokenScopeSchema,
  /** Its beginning, to tell tokens apart: `ds01_Ab3d…`. */
  hint: z.string(),
  createdAt: instant,
  expiresAt: instant.nullable(),
  lastUsedAt: instant.nullable(),
  /** Address of its last use; `null` when it wasn't used. */
  lastUsedFrom: z.string().nullable(),
  state: z.enum(['active', 'expired', 'revoked']),
});
/** A token as its person sees it. */
export type TokenView = z.infer<typeof tokenSchema>;

/** What is asked of a new token. */
export const newTokenShape = {
  name: z.string().regex(/^\P{Cc}{1,100}$/u, { error: 'a line of at most 100 characters' }),
  scope: tokenScopeSchema.default('write'),
  /** From now; `null` is as long as the site gives. */
  expiresInMs: z.int().min(1000).nullable().default(null),
};

/** A new token with its secret, which is never shown again. */
export const createdTokenSchema = z.object({ token: tokenSchema, secret: z.string() });
/** A new token with its secret. */
export type CreatedToken = z.infer<typeof createdTokenSchema>;

/** Several tokens. */
export const tokensSchema = z.object({ tokens: z.array(tokenSchema) });
