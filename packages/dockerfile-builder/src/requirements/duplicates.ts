import { normaliseName } from './names.ts';
import { parseRequirement, type Requirement } from './requirement.ts';

/** A package that is named more than once, or that comes anyway. */
export interface DuplicatePackage {
  /** By PEP 503. */
  readonly name: string;
  /** What was wanted, as written, in their order. */
  readonly specs: readonly string[];
  /** `wanted`: several times in what was wanted. `group`: in a group too. `base`: the base has it. */
  readonly where: 'wanted' | 'group' | 'base';
  /** The group's name; `null` otherwise. */
  readonly group: string | null;
  /**
   * Nothing is lost by leaving out the repetition: same conditions, or none where the other has some.
   * `false`: a person must decide, and pip refuses or replaces.
   */
  readonly redundant: boolean;
}

interface Named {
  readonly spec: string;
  readonly name: string;
  readonly requirement: Requirement | null;
}

function named(spec: string): Named {
  const result = parseRequirement(spec);
  const requirement = result.ok ? result.requirement : null;
  return { spec, requirement, name: normaliseName(requirement?.name ?? spec.trim()) };
}

/** Conditions in one order, so that `>=1,<2` and `<2,>=1` are the same. */
function conditionsOf(requirement: Requirement): string {
  return JSON.stringify([
    requirement.specifier.split(',').toSorted(),
    requirement.extras.map(normaliseName).toSorted(),
    requirement.marker,
    requirement.url,
  ]);
}

const unconditional = (requirement: Requirement): boolean =>
  requirement.specifier === '' &&
  requirement.extras.length === 0 &&
  requirement.marker === null &&
  requirement.url === null;

function isRedundant(specs: readonly Named[]): boolean {
  const conditions = specs.flatMap(({ requirement }) =>
    requirement === null || unconditional(requirement) ? [] : [conditionsOf(requirement)],
  );
  return new Set(conditions).size <= 1;
}

/** Requirements with different markers are alternatives, not repetitions. */
function areAlternatives(specs: readonly Named[]): boolean {
  const markers = specs.map(({ requirement }) => requirement?.marker ?? null);
  return !markers.includes(null) && new Set(markers).size === specs.length;
}

/**
 * Packages that are named twice, in a group that comes too, or that the base has already; found by
 * their PEP 503 name, so `Scikit_Learn` is `scikit-learn`. A package can be reported for each reason.
 * `wanted` and `groups` are PEP 508 texts; `base` are names, with or without versions.
 */
export function findDuplicates(options: {
  readonly wanted: readonly string[];
  readonly groups?: Readonly<Record<string, readonly string[]>>;
  readonly base?: readonly string[];
}): readonly DuplicatePackage[] {
  const byName = Map.groupBy(options.wanted.map(named), ({ name }) => name);
  const groups = Object.entries(options.groups ?? {}).map(
    ([group, specs]) => [group, specs.map(named)] as const,
  );
  const base = (options.base ?? []).map(named);
  return [...byName].flatMap(([name, wanted]) => {
    const specs = wanted.map(({ spec }) => spec);
    const found: DuplicatePackage[] = [];
    if (wanted.length > 1 && !areAlternatives(wanted)) {
      found.push({ name, specs, where: 'wanted', group: null, redundant: isRedundant(wanted) });
    }
    for (const [group, members] of groups) {
      const same = members.filter((member) => member.name === name);
      if (same.length === 0) continue;
      const redundant = isRedundant([...wanted, ...same]);
      found.push({ name, specs, where: 'group', group, redundant });
    }
    if (base.some((member) => member.name === name)) {
      const redundant = wanted.every(
        ({ requirement }) => requirement !== null && unconditional(requirement),
      );
      found.push({ name, specs, where: 'base', group: null, redundant });
    }
    return found;
  });
}
