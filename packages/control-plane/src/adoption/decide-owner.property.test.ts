import { ownerEvidenceSchema, slugOf, usernameSchema } from '@ds01/contracts';
import type { HostAccount } from '@ds01/ports';
import { array, assert, boolean, constantFrom, option, property, record } from 'fast-check';
import { expect, test } from 'vitest';
import { decideOwner, type OwnerClaims } from './decide-owner.ts';

function account(name: string, uid: number): HostAccount {
  const user = usernameSchema.parse(name);
  return { name: user, slug: slugOf(user), uid, gid: uid, groupIds: [uid], home: `/home/${name}` };
}

const person = constantFrom(account('alice', 2001), account('bob', 2002), account('carol', 2003));
const claimed = option(person, { nil: null });
const anyClaims = record<OwnerClaims>({
  infrastructure: boolean(),
  label: claimed,
  name: claimed,
  mounted: array(person, { maxLength: 3 }),
  writes: boolean(),
  opened: claimed,
  compose: claimed,
  runsAs: claimed,
});
const seeded = { seed: 20_260_105, numRuns: 2000 };

test('an owner is somebody for whom something speaks, and the evidence is what was found first', () => {
  assert(
    property(anyClaims, (claims) => {
      const { account: owner, by } = decideOwner(claims);
      const { label, name, opened, mounted, compose } = claims;
      expect(ownerEvidenceSchema.parse(by)).not.toBe('signed');
      if (owner === null) {
        expect(['infrastructure', 'contradictory', 'none']).toContain(by);
        return;
      }
      const inOrder = [
        ['label', [label]],
        ['name', [name]],
        ['home-folder', [opened, ...mounted]],
        ['compose', [compose]],
      ] as const;
      const first = inOrder.find(([, found]) => found.some((one) => one !== null));
      expect(by).toBe(first?.[0]);
      expect(first?.[1]).toContain(owner);
    }),
    seeded,
  );
});

test('nobody gets a container that has folders of others only', () => {
  assert(
    property(anyClaims, (claims) => {
      const { account: owner } = decideOwner(claims);
      if (owner === null || claims.mounted.length === 0) return;
      expect(claims.mounted).toContain(owner);
    }),
    seeded,
  );
});

test('folders of several people alone are no evidence for one of them', () => {
  assert(
    property(anyClaims, (claims) => {
      const people = new Set([...claims.mounted, claims.opened].filter((one) => one !== null));
      if (people.size < 2) return;
      const folders = { ...claims, label: null, name: null };
      expect(decideOwner(folders).account).toBeNull();
    }),
    seeded,
  );
});

test('nobody gets a container that runs as another', () => {
  assert(
    property(anyClaims, (claims) => {
      const { account: owner } = decideOwner(claims);
      if (owner !== null && claims.runsAs !== null) expect(owner).toBe(claims.runsAs);
    }),
    seeded,
  );
});

test('what serves everybody is nobody’s', () => {
  assert(
    property(anyClaims, (claims) => {
      const found = decideOwner({ ...claims, infrastructure: true });
      expect(found).toEqual({ account: null, by: 'infrastructure' });
    }),
    seeded,
  );
});
