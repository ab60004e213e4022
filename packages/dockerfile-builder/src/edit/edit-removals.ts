import { readDockerfile } from '../document/read-dockerfile.ts';
import type { DockerfileDocument } from '../document/types.ts';
import { type EditOutcome, type EditState, isAsMeant } from './edit-state.ts';
import { countedStages, runsIn, specOf } from './packages-of.ts';
import { removeOne, type Removal } from './remove-one.ts';
import { requirementFiles } from './requirement-files.ts';
import { nameToRemove, systemName } from './specs.ts';
import { stagesOfFinal } from './stage-facts.ts';

/** Takes packages out of every command that always runs, in all stages that the image is made of. */
export function removePackages(
  state: EditState,
  { kind, packages }: { kind: 'python' | 'system'; packages: readonly string[] },
): EditOutcome {
  let { document } = state;
  const notFound = [...state.notFound];
  const notices = [...state.notices];
  const nameOf = kind === 'python' ? nameToRemove : systemName;
  for (const text of new Set(packages)) {
    const name = nameOf(text);
    const stages = stagesToSearch(document);
    const matches = (spec: string) => nameIn(kind, spec) === name;
    const removed = removeAll(document, { kind, stages, matches });
    if ('reason' in removed) return removed;
    if (removed.document !== document) {
      document = removed.document;
      continue;
    }
    notFound.push(text);
    if (kind === 'python') notices.push(...elsewhere(document, text));
  }
  return { ...state, document, notFound, notices };
}

/** How often a package may be named; each is taken out by itself. */
const timesMax = 30;

const nameIn = (kind: Removal['kind'], spec: string): string | null =>
  kind === 'python' ? (specOf(spec)?.name ?? null) : systemName(spec);

const stagesToSearch = (document: DockerfileDocument): ReadonlySet<number> =>
  new Set([...stagesOfFinal(document, { copied: true }), ...countedStages(document)]);

function removeAll(
  start: DockerfileDocument,
  removal: Removal,
): { document: DockerfileDocument } | { reason: string } {
  let document = start;
  for (let times = 0; ; times += 1) {
    if (times === timesMax) return { reason: `a package is named more than ${timesMax} times` };
    const removed = removeOne(document, removal);
    if (removed === null) return { document };
    const after = readDockerfile(removed.text);
    const intent = removed.gone ? { removed: [removed.index] } : { changed: [removed.index] };
    if (after.text.length >= document.text.length + 4 || !isAsMeant(document, after, intent)) {
      return { reason: `${removed.spec} can not be removed without touching other lines` };
    }
    document = after;
  }
}

function elsewhere(document: DockerfileDocument, text: string): string[] {
  const stages = stagesToSearch(document);
  return requirementFiles(document, runsIn(document, stages)).map(
    ({ path, line }) => `${text} may come from ${path} (line ${line}): take it out of that file.`,
  );
}
