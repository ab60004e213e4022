import { resolve } from 'node:path';
import { createPolicyFiles } from '@ds01/linux-host';
import type { PolicyFile } from '@ds01/ports';

/** The configuration files of any folder, as the daemon would read them from its own. */
export function readConfigFolder(folder: string): readonly PolicyFile[] {
  const configDirectory = resolve(folder);
  return createPolicyFiles({ configDirectory, stateDirectory: configDirectory }).read();
}
