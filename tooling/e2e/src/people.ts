import type { AccountInput } from '@ds01/docker-host';

/** One person with a uid of their own and a home folder. */
export function person(name: string, uid: number): AccountInput {
  return { name, uid, gid: uid, home: `/home/${name}` };
}

/**
 * The people of a try-out: plain names, a name of a directory service with a large uid, and a name
 * made of digits that isn't its own uid. They exist inside the sandbox only.
 */
export const people: readonly AccountInput[] = [
  person('alice', 42_001),
  person('bob', 42_002),
  person('carol', 42_003),
  person('dave', 42_004),
  person('erin', 42_005),
  person('frank', 42_006),
  person('h.baker@example.org', 1_722_830_498),
  person('204214', 42_007),
];
