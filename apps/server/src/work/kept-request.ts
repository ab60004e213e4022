import { deployInputSchema, usernameSchema } from '@ds01/contracts';
import { tokenScopeSchema } from '@ds01/contracts/service';
import type { Person } from '@ds01/control-plane';
import { z } from 'zod';

const keptSchema = z.object({
  input: z.json(),
  token: z.object({ id: z.string(), scope: tokenScopeSchema, secure: z.boolean() }).nullable(),
  actor: usernameSchema.nullable().default(null),
});

/** What a deploy that waits is asked for with, as it is kept for the next daemon. */
export interface KeptRequest {
  readonly input: z.infer<typeof deployInputSchema>;
  /** The token that it was asked for with: it is no more than that one's when it goes on. */
  readonly token: NonNullable<Person['token']> | null;
  /** Who asked for it in its person's name, where that was somebody else. */
  readonly actor: NonNullable<Person['actor']> | null;
}

/** Text of it for the ledger. */
export function keptRequest(
  input: Readonly<Record<string, unknown>>,
  { token, actor }: Pick<Person, 'token' | 'actor'>,
): string {
  return JSON.stringify({ input, token: token ?? null, actor: actor ?? null });
}

/** Reads it again. Fails for what an earlier release kept in another way. */
export function readKeptRequest(text: string | null): KeptRequest {
  const { input, ...rest } = keptSchema.parse(JSON.parse(text ?? 'null'));
  return { input: deployInputSchema.parse(input), ...rest };
}
