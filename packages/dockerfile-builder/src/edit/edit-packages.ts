import { shellWord } from '../render/quoting.ts';
import { addWords } from './add-words.ts';
import type { TextChange } from './changes.ts';
import { changed, type EditOutcome, type EditState } from './edit-state.ts';
import { countedStages, type PresentPackage, presentPackages, specOf } from './packages-of.ts';
import { type PackageSpec, satisfies } from './specs.ts';
import { replaceWord } from './word-changes.ts';

/** Adds Python packages: new ones, and another version of those that are there. */
export function addPackages(state: EditState, wanted: readonly PackageSpec[]): EditOutcome {
  const { document } = state;
  const stages = countedStages(document);
  const present = presentPackages(document, { kind: 'python', stages });
  const byName = Map.groupBy(wanted, ({ name }) => name);
  const changes: TextChange[] = [];
  const touched: number[] = [];
  const missing: PackageSpec[] = [];
  const alreadyThere = [...state.alreadyThere];
  const notices = [...state.notices];
  for (const [name, all] of byName) {
    const plan = planFor(name, withoutBare(withoutTwice(all)), present);
    alreadyThere.push(...plan.satisfied.map(({ spec }) => spec));
    if (plan.stale.length === 0) missing.push(...plan.lacking);
    const now = plan.lacking.map(({ spec }) => spec).join(' ');
    for (const { run, word } of plan.stale) {
      const words = plan.lacking.map(({ spec }) => shellWord(spec)).join(' ');
      changes.push(replaceWord(run.instruction, word.word, words));
      touched.push(run.instruction.index);
      const said =
        now === word.spec ? 'had no quotes, so the shell took it for a redirect' : `is now ${now}`;
      notices.push(`Line ${run.instruction.startLine}: ${word.spec} ${said}.`);
    }
  }
  const replaced = changed(document, changes, { changed: touched });
  if (replaced === null)
    return { reason: 'the version can not be changed without touching other lines' };
  const replacedState = { ...state, document: replaced, notices, alreadyThere };
  return missing.length === 0 ? replacedState : append(replacedState, missing);
}

interface NamePlan {
  readonly satisfied: readonly PackageSpec[];
  /** What has to be written: in place of what is stale, else as something new. */
  readonly lacking: readonly PackageSpec[];
  readonly stale: readonly PresentPackage[];
}

/** What is to be done about one package; specs that another one satisfies go with it when it goes. */
function planFor(
  name: string,
  specs: readonly PackageSpec[],
  present: readonly PresentPackage[],
): NamePlan {
  const there = present.flatMap((each) => {
    const spec = specOf(each.word.spec);
    return spec?.name === name ? [{ ...each, spec }] : [];
  });
  const isSatisfied = (spec: PackageSpec): boolean =>
    there.some((each) => satisfies(each.spec, spec) && !each.word.word.redirected);
  if (specs.every(isSatisfied)) return { satisfied: specs, lacking: [], stale: [] };
  const isThere = (spec: PackageSpec): boolean => there.some((each) => isSame(each, spec));
  return {
    satisfied: specs.filter(isThere),
    lacking: specs.filter((spec) => !isThere(spec)),
    stale: there.filter((each) => !specs.some((spec) => isSame(each, spec))),
  };
}

const isSame = (
  { spec, word }: PresentPackage & { spec: PackageSpec },
  wanted: PackageSpec,
): boolean => spec.canonical === wanted.canonical && !word.word.redirected;

const withoutTwice = (specs: readonly PackageSpec[]): PackageSpec[] =>
  specs.filter(
    ({ canonical }, index) => specs.findIndex((other) => other.canonical === canonical) === index,
  );

/** A bare name asks for nothing that another spec of the same package doesn't. */
function withoutBare(specs: readonly PackageSpec[]): readonly PackageSpec[] {
  const more = specs.filter(({ any, extras }) => !any || extras.length > 0);
  return more.length === 0 ? specs : more;
}

function append(state: EditState, missing: readonly PackageSpec[]): EditOutcome {
  const specs = missing.map(({ spec }) => spec);
  const addition = addWords(state.document, { kind: 'python', specs });
  if ('reason' in addition) return addition;
  const intent = addition.index === null ? { added: 1 } : { changed: [addition.index] };
  const document = changed(state.document, [addition.change], intent);
  return document === null
    ? { reason: 'the packages can not be added without touching other lines' }
    : { ...state, document };
}
