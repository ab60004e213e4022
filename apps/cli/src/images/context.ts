import type { HostAccount } from '@ds01/ports';
import { archiveOf } from './context-archive.ts';
import { selectFromFolder, type ContextRequest, type ContextSelection } from './context-select.ts';

/** What is sent to a build, and the archive itself, which can be read once. */
export interface OpenedContext {
  readonly selection: ContextSelection;
  readonly archive: AsyncIterable<Uint8Array>;
  /** Lets go of it, read or not. */
  close(): void;
}

/** Whose context it is. */
export interface ContextOwner {
  readonly account: HostAccount;
  /** False when root acts for somebody else. */
  readonly isOwn: boolean;
}

/**
 * Opens the context of a build with the rights of its owner, in a process of that person's when root
 * acts for them. Fails as `selectFromFolder` does before anything is sent; the archive as `archiveOf`.
 */
export async function openContext(
  owner: ContextOwner,
  request: ContextRequest,
  signal?: AbortSignal,
): Promise<OpenedContext> {
  if (!owner.isOwn) {
    const { openContextOf } = await import('./context-of-another.ts');
    return openContextOf(owner.account, request, { signal });
  }
  const selection = await selectFromFolder(request, signal);
  const archive = archiveOf(request.folder, selection.paths);
  return { selection, archive, close: () => undefined };
}
