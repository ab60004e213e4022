import type { InstalledPackage, PackageChange } from '@ds01/contracts';

/** Packages that differ, by ecosystem and name. Several versions of one are named together. */
export function comparePackages(
  before: readonly InstalledPackage[],
  after: readonly InstalledPackage[],
): readonly PackageChange[] {
  const first = versionsOf(before);
  const second = versionsOf(after);
  const keys = [...new Set([...first.keys(), ...second.keys()])].toSorted();
  return keys.flatMap((key) => {
    const one = first.get(key);
    const other = second.get(key);
    const known = other ?? one;
    const versions = { before: textOf(one), after: textOf(other) };
    if (known === undefined || versions.before === versions.after) return [];
    return [{ ecosystem: known.ecosystem, name: known.name, ...versions }];
  });
}

interface Versions extends Pick<InstalledPackage, 'ecosystem' | 'name'> {
  readonly versions: ReadonlySet<string>;
}

function versionsOf(packages: readonly InstalledPackage[]): ReadonlyMap<string, Versions> {
  const found = new Map<string, Versions>();
  for (const { ecosystem, name, version } of packages) {
    const key = `${ecosystem}\0${name}`;
    const versions = new Set([...(found.get(key)?.versions ?? []), version]);
    found.set(key, { ecosystem, name, versions });
  }
  return found;
}

function textOf(found: Versions | undefined): string | null {
  return found === undefined ? null : [...found.versions].toSorted().join(', ');
}
