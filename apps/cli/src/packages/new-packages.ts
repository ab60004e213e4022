import { table, type Screen } from '@ds01/command-line';
import type { PackageChange } from '@ds01/contracts';

/** What a person installed in a container, by how it can be written down. */
export interface NewPackages {
  /** Python packages as requirements: `numpy==2.1.0`. */
  readonly python: readonly string[];
  /** Debian packages by name: mirrors drop old versions, so that one isn't pinned. */
  readonly system: readonly string[];
  /** What a Dockerfile of DS01 has no line for: conda, npm and the like. */
  readonly others: readonly string[];
}

/** The changes that are new packages or other versions of packages; what was removed isn't. */
export function newPackagesOf(changes: readonly PackageChange[]): NewPackages {
  const added = changes.filter(({ after }) => after !== null);
  const of = (ecosystem: PackageChange['ecosystem']) =>
    added.filter((change) => change.ecosystem === ecosystem);
  return {
    python: of('pip').map(({ name, after }) => `${name}==${after ?? ''}`),
    system: of('dpkg').map(({ name }) => name),
    others: added
      .filter(({ ecosystem }) => ecosystem !== 'pip' && ecosystem !== 'dpkg')
      .map(({ ecosystem, name }) => `${name} (${ecosystem})`),
  };
}

/** True when there is nothing that could be saved. */
export function isNothing({ python, system, others }: NewPackages): boolean {
  return python.length + system.length + others.length === 0;
}

/** The first few of some packages, and how many more there are. */
export function fewOf(packages: readonly string[]): string {
  const shown = packages.slice(0, 8).join(', ');
  return packages.length > 8 ? `${shown} and ${packages.length - 8} more` : shown;
}

/** Packages that differ, a row each. */
export function changesText(changes: readonly PackageChange[], screen: Screen): string {
  const columns = [
    { heading: 'PACKAGE', atLeast: 12 },
    { heading: 'FROM' },
    { heading: 'IN THE IMAGE', atLeast: 8 },
    { heading: 'IN THE CONTAINER', atLeast: 8 },
  ];
  const rows = changes.map((one) => [one.name, one.ecosystem, one.before ?? '-', one.after ?? '-']);
  return table({ columns, rows }, screen);
}
