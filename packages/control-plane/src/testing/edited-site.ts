import type { CallId, RouteInput, RouteOutput } from '@ds01/contracts';
import { afterEach, beforeEach } from 'vitest';
import type { Operations } from '../operations/operations.ts';
import { operationsOf } from './operations.ts';
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

/** A site whose files dana, an administrator, edits. */
export interface EditedSite {
  readonly world: () => World;
  /** Calls an operation as dana. */
  act<Id extends CallId>(
    id: Id,
    input: RouteInput<Id>,
    options?: { readonly dryRun?: boolean },
  ): Promise<RouteOutput<Id>>;
  textOf(name: string): string | null;
}

/** A fresh site for each test: bob is a student, people whose name begins with c are staff. */
export function useEditedSite(): EditedSite {
  let world: World;
  let operations: Operations;
  beforeEach(() => {
    world = createWorld({
      limits: editedLimits,
      settings: "groups:\n  rules:\n    - {match: 'c*', group: staff}\n",
      config: { 'user-overrides.yaml': overrides, 'groups/archived.members': 'dana\n' },
      accounts: [alice.owner, bob.owner, carol.owner, dana.owner],
    });
    operations = operationsOf(world);
  });
  afterEach(() => world.close());
  return {
    world: () => world,
    act: (id, input, options) => operations.call(id, dana, input, options),
    textOf: (name) => world.config.textOf(name),
  };
}
