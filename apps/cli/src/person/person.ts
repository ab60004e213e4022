import { homedir } from 'node:os';
import type { HostAccount } from '@ds01/ports';
import type { CommandContext } from '../context.ts';

/** Whose files a command reads and writes: the person for whom it acts. */
export interface Person {
  readonly home: string;
  /** `null` when it is this process's own account; else root acts for it, and has to become it. */
  readonly account: HostAccount | null;
}

/**
 * The person for whom a command acts: with root's `--user` or under sudo that person, else whoever
 * runs this process.
 */
export async function personOf({
  runtime,
  signal,
}: Pick<CommandContext, 'runtime' | 'signal'>): Promise<Person> {
  const own: Person = { home: homedir(), account: null };
  if (process.getuid?.() !== 0) return own;
  const me = await runtime.api.call('users.me', {}, { signal });
  if (me.uid === 0) return own;
  const { slugSchema, usernameSchema } = await import('@ds01/contracts');
  const { uid, gid, groupIds, home } = me;
  const name = usernameSchema.parse(me.user);
  const slug = slugSchema.parse(me.slug);
  return { home, account: { name, slug, uid, gid, groupIds, home } };
}
