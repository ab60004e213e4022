import { withFolderOf } from '@ds01/as-user';
import type { FolderPinRequest } from '@ds01/ports';

/** Opens each folder with its user's rights and lets it go. Fails with the errors of `withFolderOf`. */
export async function checkFolders(
  folders: readonly Omit<FolderPinRequest, 'create'>[],
): Promise<void> {
  for (const { account, folder, within } of folders) {
    await withFolderOf({ account, folder, within, create: false }, async () => undefined);
  }
}
