import { slugOf, usernameSchema } from '@ds01/contracts';
import type { Person } from '@ds01/control-plane';

const name = usernameSchema.parse('nobody');

/** Whoever uses what is public. There is no such account: uid and gid are those of no user. */
export const nobody: Person = {
  owner: {
    name,
    slug: slugOf(name),
    uid: 65_534,
    gid: 65_534,
    groupIds: [],
    home: '/nonexistent',
  },
  role: 'user',
};
