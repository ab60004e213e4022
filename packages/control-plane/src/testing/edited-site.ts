import { createWorld, roomyLimits, type World } from './world.ts';
import { alice, bob, carol, dana } from './people.ts';

/** Limits with two groups, and an override beside them. */
export const editedLimits = `${roomyLimits.replace('student: {}', 'student: {members: [bob]}')}  staff:
    max_cpus: 8
user_overrides:
  carol: {max_cpus: 2} # inline
`;
/** Text of user-overrides.yaml. */
export const overrides = `# Limits of single people.
bob:
  memory: 2g # two
`;

/** A site whose files administrators edit: bob is a student, people whose name begins with c are staff. */
export function createEditedSite(): World {
  return createWorld({
    limits: editedLimits,
    settings: "groups:\n  rules:\n    - {match: 'c*', group: staff}\n",
    config: { 'user-overrides.yaml': overrides, 'groups/archived.members': 'dana\n' },
    accounts: [alice.owner, bob.owner, carol.owner, dana.owner],
  });
}
