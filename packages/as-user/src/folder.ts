import type { Buffer } from 'node:buffer';
import { closeSync } from 'node:fs';
import type { HostAccount } from '@ds01/ports';
import { endChild, outputOf, startScript, type WaitOptions } from './child.ts';
import { liesWithin, takeFolder } from './descriptor.ts';
import { checkedPath } from './paths.ts';
import { folderError } from './refusals.ts';
import { outsideError, resolveRoots } from './roots.ts';

/**
 * Run as the person: `$1` is the folder, `$2` is 1 to make it. Prints one word; after `opened` the
 * folder is on descriptor 3 until standard input ends.
 */
const script = `
umask 022
folder=$1
if [ -L "$folder" ]; then echo is-link; exit; fi
if [ "$2" = 1 ] && [ ! -e "$folder" ]; then
  reason=$(mkdir -p -- "$folder" 2>&1) || case $reason in
    *'No space left'*|*'quota exceeded'*) echo full; exit;;
    *'Not a directory'*|*'File exists'*) echo not-a-folder; exit;;
    *) echo denied; exit;;
  esac
fi
if [ ! -d "$folder" ]; then
  reason=$(stat -- "$folder" 2>&1 >/dev/null) || case $reason in
    *'Permission denied'*) echo denied; exit;;
    *) echo not-found; exit;;
  esac
  echo not-a-folder; exit
fi
if [ ! -r "$folder" ] || [ ! -x "$folder" ]; then echo denied; exit; fi
command exec 3<"$folder/." 2>/dev/null || { echo denied; exit; }
echo opened
read -r _
`;

/** A folder to open with a person's rights. */
export interface FolderToOpen extends WaitOptions {
  readonly account: HostAccount;
  /** Absolute. A link at its end is refused; links before it are followed with the person's rights. */
  readonly folder: string;
  /** Make it, and the folders above it, when it is missing. */
  readonly create: boolean;
  /**
   * Folders in one of which the opened one must really lie, or be it. Links in their own paths are
   * followed if nobody but root can change them. `null`: anywhere.
   */
  readonly within: readonly string[] | null;
}

/**
 * Opens a folder with the rights of a person, hands the descriptor (O_PATH) to `use` and closes it
 * afterwards. Fails with `workspace.invalid`, `workspace.not-found`, `workspace.not-a-folder`,
 * `workspace.is-link`, `workspace.denied`, `workspace.outside`, `internal.storage-full`,
 * `operation.timed-out` or `operation.interrupted`.
 */
export async function withFolderOf<T>(
  request: FolderToOpen,
  use: (descriptor: number) => Promise<T>,
): Promise<T> {
  const folder = checkedPath(request.folder);
  const child = startScript(request.account, {
    text: script,
    parameters: [folder, request.create ? '1' : '0'],
  });
  try {
    const output = await outputOf(child, hasLine, { ...request, subject: folder });
    const answer = output.toString('utf8').split('\n', 1)[0] ?? '';
    if (answer !== 'opened') throw folderError(answer, folder);
    const descriptor = takeFolder(child);
    if (descriptor === null) throw folderError('denied', folder);
    try {
      await assertWithin(descriptor, folder, request);
      return await use(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } finally {
    endChild(child);
  }
}

/** A word and its line's end; a child that says more is believed no longer. */
function hasLine(output: Buffer): boolean {
  return output.includes('\n') || output.length > 64;
}

async function assertWithin(
  descriptor: number,
  folder: string,
  { within, ...wait }: FolderToOpen,
): Promise<void> {
  if (within === null) return;
  const roots = await resolveRoots(within, wait);
  if (!liesWithin(descriptor, roots)) throw outsideError(folder, within);
}
