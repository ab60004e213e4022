import type { Slug, Username } from '@ds01/contracts';

/** A Unix account. */
export interface HostAccount {
  readonly name: Username;
  readonly slug: Slug;
  readonly uid: number;
  readonly gid: number;
  /** All groups, the primary included. */
  readonly groupIds: readonly number[];
  readonly home: string;
}

/** Accounts of this host, LDAP included. */
export interface HostAccounts {
  /** By name. `null` when there is none. */
  byName(name: string): Promise<HostAccount | null>;
  byUid(uid: number): Promise<HostAccount | null>;
  /** Ids of Unix groups by name; names without a group are left out. */
  groupIds(names: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Whom the name service lists as members of a Unix group, by name; nobody without such a group. */
  groupMembers(name: string): Promise<readonly string[]>;
  /**
   * Names of the people of this host: accounts from uid 1000 on that can log in and have a home, as far
   * as the name service lists them, and those with a folder in `/home`. By name.
   */
  people(): Promise<readonly Username[]>;
}

/** Whose folders of this host are. */
export interface FolderOwners {
  /**
   * For each path the account to which it really belongs: what is there (or, where nothing is, the
   * nearest folder above it) lies in that account's home, with the links on the way followed, and is
   * that account's own. `null` for anything else, a link at the end included. Nothing is read, and in
   * a person's tree nothing is looked at but as that person. Fails with `operation.timed-out`, or
   * `internal.unexpected` when the accounts can't be read: then it isn't known.
   */
  ownersOf(paths: readonly string[]): Promise<readonly (HostAccount | null)[]>;
}
