import type { CreatedToken, TokenScope, TokenView } from '@ds01/contracts/service';
import { ds01Error, expiresSoon } from '@ds01/contracts/core';
import type { FlagSpec, FlagValues } from './flags.ts';
import { textFlag } from './flags.ts';
import { localTime } from './local-time.ts';
import type { Output } from './output.ts';
import type { Screen } from './screen.ts';
import { readSpan } from './span.ts';
import { table, type Cell } from './table.ts';

/** What a new token may do and how long it lives. */
export const newTokenFlags: readonly FlagSpec[] = [
  { flags: '--scope <scope>', description: 'read, write (usual), admin, or metrics' },
  {
    flags: '--expires <time>',
    description: 'from now, such as 12h or 30d; else 90d, or as the site says',
  },
];

const scopes: readonly TokenScope[] = ['read', 'write', 'admin', 'metrics'];

/** Reads {@link newTokenFlags}. Fails with `usage.invalid`. */
export function readNewToken(
  flags: FlagValues,
  example: string,
): { readonly scope: TokenScope; readonly expiresInMs: number | null } {
  const given = textFlag(flags, 'scope') ?? 'write';
  const scope = scopes.find((known) => known === given);
  if (scope === undefined) {
    throw ds01Error('usage.invalid', {
      message: `--scope is ${JSON.stringify(given)}; it is one of ${scopes.join(', ')}.`,
      hint: `${example} --scope read`,
    });
  }
  const expires = textFlag(flags, 'expires');
  if (expires === null) return { scope, expiresInMs: null };
  const asked = { flag: '--expires', example: `${example} --expires 30d` };
  return { scope, expiresInMs: readSpan(expires, asked) };
}

/** Several tokens, with whose they are where that is asked for; who ends soon is marked. */
export function tokensText(
  tokens: readonly TokenView[],
  screen: Screen,
  options: {
    readonly users: boolean;
    /** Unix milliseconds. */
    readonly nowMs: number;
  },
): string {
  if (tokens.length === 0) return 'no tokens';
  const rows = tokens.map((token): readonly Cell[] => [
    token.id,
    ...(options.users ? [token.user] : []),
    token.name,
    token.scope,
    token.hint,
    token.state === 'active' ? untilText(token, options.nowMs) : token.state,
    token.lastUsedAt === null
      ? 'never'
      : `${localTime(token.lastUsedAt)} from ${token.lastUsedFrom ?? '?'}`,
  ]);
  const columns = [
    { heading: 'ID' },
    ...(options.users ? [{ heading: 'USER' }] : []),
    { heading: 'NAME', atLeast: 8 },
    { heading: 'SCOPE' },
    { heading: 'BEGINS', drop: 2 },
    { heading: 'COUNTS' },
    { heading: 'LAST USED', drop: 1 },
  ];
  return table({ columns, rows }, screen);
}

function untilText({ createdAt, expiresAt }: TokenView, nowMs: number): string {
  const expiresAtMs = expiresAt === null ? null : Date.parse(expiresAt);
  const isSoon = expiresSoon({ createdAtMs: Date.parse(createdAt), expiresAtMs }, nowMs);
  return `until ${localTime(expiresAt)}${isSoon ? ', soon' : ''}`;
}

/** Shows a secret, which nobody can show again: alone on stdout, what is to be said of it beside. */
export function showSecret(output: Output, created: CreatedToken, isPreview: boolean): void {
  const { token, secret } = created;
  const until = token.expiresAt === null ? '' : ` until ${localTime(token.expiresAt)}`;
  if (isPreview) {
    output.result(created, () => `token "${token.name}" would count${until}, for ${token.scope}`);
    return;
  }
  output.say(`token "${token.name}" (${token.id}) counts${until}, for ${token.scope}`);
  output.say('its secret is shown this once: keep it as you keep a password');
  output.result(created, () => secret);
}

/** What is said of a token that was ended. */
export function revokedText({ name, id }: TokenView, isPreview: boolean): string {
  return isPreview
    ? `token "${name}" (${id}) would count no longer`
    : `token "${name}" (${id}) counts no longer`;
}

/**
 * The id of a token that is named by its id or its name; those that ended are meant only where none of
 * the name counts. Fails with `token.not-found`, and `usage.invalid` where several have the name.
 */
export function tokenNamed(tokens: readonly TokenView[], given: string, list: string): string {
  if (/^t[0-9a-z]{20}$/.test(given)) return given;
  const all = tokens.filter(({ name }) => name === given);
  const active = all.filter(({ state }) => state === 'active');
  const named = active.length === 0 ? all : active;
  const [found] = named;
  if (found !== undefined && named.length === 1) return found.id;
  throw ds01Error(named.length === 0 ? 'token.not-found' : 'usage.invalid', {
    message:
      named.length === 0
        ? `There is no token ${JSON.stringify(given)}.`
        : `${String(named.length)} tokens are called ${JSON.stringify(given)}: say which by its id.`,
    hint: named.length > 0 && active.length === 0 ? `${list} --all` : list,
    details: { token: given },
  });
}
