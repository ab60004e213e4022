import { readDockerfile } from '../document/read-dockerfile.ts';
import type { DockerfileDocument } from '../document/types.ts';
import { applyChanges, type TextChange } from './changes.ts';

/** A Dockerfile while it is edited, and what is said about it. */
export interface EditState {
  readonly document: DockerfileDocument;
  readonly notices: readonly string[];
  readonly alreadyThere: readonly string[];
  readonly notFound: readonly string[];
}

/** An edit's outcome, or a sentence why it isn't made. */
export type EditOutcome = EditState | { readonly reason: string };

/** Which instructions an edit means to change, remove or add, by their number before it. */
export interface Intent {
  readonly changed?: readonly number[];
  readonly removed?: readonly number[];
  /** How many instructions come to be. */
  readonly added?: number;
}

/** Makes changes; `null` when they'd do anything to another instruction than they mean to. */
export function changed(
  document: DockerfileDocument,
  changes: readonly TextChange[],
  intent: Intent,
): DockerfileDocument | null {
  const after = readDockerfile(applyChanges(document.text, changes));
  return isAsMeant(document, after, intent) ? after : null;
}

/** Whether two readings of a file differ in nothing but what was meant. */
export function isAsMeant(
  before: DockerfileDocument,
  after: DockerfileDocument,
  { changed: touched = [], removed = [], added = 0 }: Intent,
): boolean {
  const kept = before.instructions.filter(({ index }) => !removed.includes(index));
  if (after.instructions.length !== kept.length + added) return false;
  if (after.oddities.length !== before.oddities.length || after.escape !== before.escape)
    return false;
  let at = 0;
  let fresh = 0;
  for (const { index, keyword, text } of kept) {
    const matches = () => {
      const now = after.instructions[at];
      return touched.includes(index) ? now?.keyword === keyword : now?.text === text;
    };
    while (!matches() && fresh < added) {
      at += 1;
      fresh += 1;
    }
    if (!matches()) return false;
    at += 1;
  }
  return true;
}
