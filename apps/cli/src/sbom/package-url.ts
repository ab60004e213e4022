import type { Ecosystem, InstalledPackage } from '@ds01/contracts';
import { PackageURL } from 'packageurl-js';

/** Types of package URLs, and whose packages they are when the image doesn't say (purl-spec). */
const types: Readonly<Record<Ecosystem, { readonly type: string; readonly vendor?: string }>> = {
  dpkg: { type: 'deb', vendor: 'debian' },
  rpm: { type: 'rpm', vendor: 'redhat' },
  apk: { type: 'apk', vendor: 'alpine' },
  pip: { type: 'pypi' },
  conda: { type: 'conda' },
  npm: { type: 'npm' },
};

/** The package URL of a package: `pkg:pypi/numpy@2.1`, `pkg:deb/debian/tree@2.1.0-1`. */
export function packageUrlOf(
  { ecosystem, name, version }: Pick<InstalledPackage, 'ecosystem' | 'name' | 'version'>,
  distribution: string | null,
): string {
  const { type, vendor } = types[ecosystem];
  const slash = name.lastIndexOf('/');
  const scope = type === 'npm' && slash > 0 ? name.slice(0, slash) : null;
  const namespace = vendor === undefined ? scope : (distribution ?? vendor);
  const bare = scope === null ? name : name.slice(slash + 1);
  return new PackageURL(type, namespace, bare, version, null, null).toString();
}
