import { formatRequirement, parseRequirement } from '../requirements/requirement.ts';
import { isSource, parseSource } from '../requirements/source.ts';
import { normaliseName } from '../requirements/names.ts';

/** A Python package as an edit is given it, or as a command names it. */
export interface PackageSpec {
  /** As written, outer blanks gone. */
  readonly spec: string;
  /** PEP 503; for an address without a name the address. */
  readonly name: string;
  readonly extras: readonly string[];
  /** No version, marker or address: any copy of the package satisfies it. */
  readonly any: boolean;
  /** The same for specs that mean the same. */
  readonly canonical: string;
}

/** Reads a PEP 508 string or a bare address (`git+https://…#egg=x`); a sentence when it is neither. */
export function readSpec(text: string): PackageSpec | { readonly reason: string } {
  const spec = text.trim();
  if (/[^\x20-\x7e]/.test(spec)) return { reason: 'it has characters other than printable ASCII' };
  if (/[\\`]/.test(spec)) return { reason: 'it has a backslash or a backtick' };
  const parsed = parseRequirement(spec);
  if (parsed.ok) {
    const { requirement } = parsed;
    const { name, extras, specifier, marker, url } = requirement;
    return {
      spec,
      name: normaliseName(name),
      extras: extras.map(normaliseName),
      any: specifier === '' && marker === null && url === null,
      canonical: formatRequirement({ ...requirement, name: normaliseName(name) }),
    };
  }
  const source = isSource(spec) ? parseSource(spec) : null;
  if (source?.ok === true && source.source.kind !== 'path') {
    const { name, extras } = source.source;
    return {
      spec,
      name: name === null ? spec : normaliseName(name),
      extras,
      any: false,
      canonical: spec,
    };
  }
  return { reason: parsed.problem.message };
}

/** Whether what is there does for what is wanted. */
export function satisfies(present: PackageSpec, wanted: PackageSpec): boolean {
  if (present.canonical === wanted.canonical) return true;
  return wanted.any && wanted.extras.every((extra) => present.extras.includes(extra));
}

/** Name of a package to remove: a name, or a spec whose name counts. */
export function nameToRemove(text: string): string | null {
  const read = readSpec(text);
  return 'reason' in read ? null : read.name;
}

const debianPackage = /^([a-z0-9][a-z0-9+.-]*[a-z0-9+.])(:[a-z0-9-]+)?(=[A-Za-z0-9.+:~-]+\*?)?$/;

/** A Debian package's name, version and architecture aside; `null` when apt wouldn't take it for one. */
export const systemName = (text: string): string | null =>
  debianPackage.exec(text.trim())?.[1] ?? null;
