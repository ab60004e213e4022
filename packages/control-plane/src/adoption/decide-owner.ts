import type { OwnerEvidence } from '@ds01/contracts';
import type { HostAccount } from '@ds01/ports';

/** What speaks for an owner of a container that DS01 didn't make. `null`: that says nothing. */
export interface OwnerClaims {
  /** The site's own, for everybody. */
  readonly infrastructure: boolean;
  /** Named by a label of the predecessor or of AIME. */
  readonly label: HostAccount | null;
  /** Whose uid is at the end of Docker's name. */
  readonly name: HostAccount | null;
  /** In whose homes its mounted folders really are. */
  readonly mounted: readonly HostAccount[];
  /** It may write into one of those. */
  readonly writes: boolean;
  /** In whose home the folder is that a dev container says it was opened from. */
  readonly opened: HostAccount | null;
  /** In whose home a Compose project is. */
  readonly compose: HostAccount | null;
  /** As whom it was told to run, unless that is its image's way, or root. */
  readonly runsAs: HostAccount | null;
}

/** An owner, and from what it is known. */
export interface Ownership {
  readonly account: HostAccount | null;
  readonly by: OwnerEvidence;
}

/**
 * Who owns a container that DS01 didn't make: the first of label, name, home folder, Compose
 * project that says somebody. It stays nobody's when the container itself contradicts: folders of
 * several people, or of others than the one whom a label or name says, or the uid of another. Somebody's
 * folders that it only reads are shared data until something else says that person, too.
 */
export function decideOwner(claims: OwnerClaims): Ownership {
  const found = firstOwner(claims);
  const isAnother =
    found.account !== null && claims.runsAs !== null && claims.runsAs.uid !== found.account.uid;
  return isAnother ? { account: null, by: 'contradictory' } : found;
}

function firstOwner(claims: OwnerClaims): Ownership {
  if (claims.infrastructure) return { account: null, by: 'infrastructure' };
  const said = claims.label ?? claims.name;
  if (said !== null) {
    const isContradicted =
      claims.mounted.length > 0 && claims.mounted.every(({ uid }) => uid !== said.uid);
    if (isContradicted) return { account: null, by: 'contradictory' };
    return { account: said, by: claims.label === null ? 'name' : 'label' };
  }
  const opened = claims.opened === null ? [] : [claims.opened];
  const [first, ...others] = [...opened, ...claims.mounted];
  if (first !== undefined) {
    if (others.some(({ uid }) => uid !== first.uid)) return { account: null, by: 'contradictory' };
    const { compose, runsAs } = claims;
    const isSaid = [claims.opened, compose, runsAs].some((one) => one?.uid === first.uid);
    if (!claims.writes && !isSaid) return { account: null, by: 'none' };
    return { account: first, by: 'home-folder' };
  }
  if (claims.compose !== null) return { account: claims.compose, by: 'compose' };
  return { account: null, by: 'none' };
}
