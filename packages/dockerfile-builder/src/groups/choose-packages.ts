import { normaliseName } from '../requirements/names.ts';
import { parseRequirement } from '../requirements/requirement.ts';
import { basePackages } from './base-packages.ts';

interface Block {
  readonly name: string;
  readonly packages: readonly string[];
}

/** What a recipe wants, before what is there twice is left out. */
export interface WantedPackages {
  readonly base: { readonly framework: string | null; readonly image: string };
  readonly groups: readonly Block[];
  readonly packages: readonly string[];
}

/** What is left of it, and what people should know about the rest. */
export interface ChosenPackages {
  readonly groups: readonly Block[];
  readonly packages: readonly string[];
  readonly notices: readonly string[];
}

/**
 * Leaves out what is there twice, by PEP 503 name, as far as nothing is lost by it: a bare name that
 * stands elsewhere with versions, or that the base has; the same text again. A person's own packages
 * come before those of groups, earlier groups before later ones.
 */
export function choosePackages(wanted: WantedPackages): ChosenPackages {
  const base = basePackages(wanted.base);
  const notices: string[] = [];
  const all = [...wanted.packages, ...wanted.groups.flatMap((group) => group.packages)];
  const specific = Map.groupBy(all.filter(isSpecific), nameOf);
  const taken = new Map<string, string[]>();
  const take = (packages: readonly string[], where: string): string[] =>
    packages.filter((spec) => {
      const name = nameOf(spec);
      const before = taken.get(name) ?? [];
      const others = isSpecific(spec)
        ? before.filter((other) => other === spec)
        : [...(specific.get(name) ?? []), ...before];
      if (base.has(name) && !isSpecific(spec)) {
        notices.push(`${spec} (${where}) is left out: the base has it`);
        return false;
      }
      if (others[0] !== undefined) {
        notices.push(`${spec} (${where}) is left out: ${others[0]} is there already`);
        return false;
      }
      if (base.has(name)) notices.push(`${spec} (${where}) may change what the base has`);
      taken.set(name, [...before, spec]);
      return true;
    });
  const packages = take(wanted.packages, 'additional packages');
  const groups = wanted.groups.map(({ name, packages: specs }) => ({
    name,
    packages: take(specs, name),
  }));
  return { groups: groups.filter((group) => group.packages.length > 0), packages, notices };
}

/** Text that isn't PEP 508 is nothing but itself. */
function nameOf(spec: string): string {
  const parsed = parseRequirement(spec);
  return normaliseName(parsed.ok ? parsed.requirement.name : spec);
}

/** Whether more than a name is said. */
function isSpecific(spec: string): boolean {
  const parsed = parseRequirement(spec);
  return parsed.ok && spec.trim() !== parsed.requirement.name;
}
