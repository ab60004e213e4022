import { basePackages } from './base-packages.ts';
import { isBareName, packageNameOf } from './package-name.ts';

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
 * Leaves out what is there twice, by PEP 503 name. A person's own packages come before those of
 * groups, since they may name versions; the base's come before both, unless a version is named.
 */
export function choosePackages(wanted: WantedPackages): ChosenPackages {
  const base = basePackages(wanted.base);
  const notices: string[] = [];
  const taken = new Map<string, string>();
  const take = (packages: readonly string[], where: string): string[] =>
    packages.filter((spec) => {
      const name = packageNameOf(spec);
      const inBase = base.has(name);
      if (inBase && isBareName(spec)) {
        notices.push(`${spec} is left out: the base has it`);
        return false;
      }
      const earlier = taken.get(name);
      if (earlier !== undefined) {
        notices.push(`${spec} (${where}) is left out: ${earlier} is there already`);
        return false;
      }
      if (inBase) notices.push(`${spec}: the base has ${name} already; its version may change`);
      taken.set(name, spec);
      return true;
    });
  const packages = take(wanted.packages, 'additional packages');
  const groups = wanted.groups.map(({ name, packages: specs }) => ({
    name,
    packages: take(specs, name),
  }));
  return { groups: groups.filter((group) => group.packages.length > 0), packages, notices };
}
