import type { FolderOwners, HostAccount } from '@ds01/ports';

/** Folders of homes in memory, where everything below a home is its account's. */
export interface FakeFolders extends FolderOwners {
  /** While true nothing is known, as with a dead file server. */
  broken: boolean;
}

/** Homes of these accounts. */
export function createFakeFolders(accounts: readonly HostAccount[]): FakeFolders {
  const folders: FakeFolders = {
    broken: false,
    async ownersOf(paths) {
      if (folders.broken) throw new Error('the file server does not answer');
      return paths.map(
        (path) => accounts.find(({ home }) => `${path}/`.startsWith(`${home}/`)) ?? null,
      );
    },
  };
  return folders;
}
