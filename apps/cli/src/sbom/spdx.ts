import { createHash } from 'node:crypto';
import {
  billedAt,
  billedPackages,
  fingerprintOf,
  type BilledPackage,
  type BillInput,
} from './bill.ts';

const nothing = 'NOASSERTION';
const imageId = 'SPDXRef-Image';

/** A package of an SPDX document (SPDX 2.3, 7). */
export interface SpdxPackage {
  readonly SPDXID: string;
  readonly name: string;
  readonly versionInfo?: string;
  readonly downloadLocation: string;
  readonly filesAnalyzed: false;
  readonly licenseConcluded: string;
  readonly licenseDeclared: string;
  readonly licenseComments?: string;
  readonly copyrightText: string;
  readonly primaryPackagePurpose?: 'CONTAINER';
  readonly externalRefs?: readonly {
    readonly referenceCategory: 'PACKAGE-MANAGER';
    readonly referenceType: 'purl';
    readonly referenceLocator: string;
  }[];
}

/** An SPDX document (SPDX 2.3, 6). */
export interface SpdxDocument {
  readonly spdxVersion: 'SPDX-2.3';
  readonly dataLicense: 'CC0-1.0';
  readonly SPDXID: 'SPDXRef-DOCUMENT';
  readonly name: string;
  readonly documentNamespace: string;
  readonly creationInfo: { readonly created: string; readonly creators: readonly string[] };
  readonly packages: readonly SpdxPackage[];
  readonly relationships: readonly {
    readonly spdxElementId: string;
    readonly relationshipType: 'DESCRIBES' | 'CONTAINS';
    readonly relatedSpdxElement: string;
  }[];
}

/** What is in an image as an SPDX 2.3 document; the same for the same image and packages. */
export function spdxOf(input: BillInput): SpdxDocument {
  const { image, version } = input;
  const packages = billedPackages(input).map(packageOf);
  return {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: image.name,
    documentNamespace: `https://spdx.org/spdxdocs/ds01-image-${fingerprintOf(input)}`,
    creationInfo: { created: billedAt(input), creators: [`Tool: ds01-${version}`] },
    packages: [imageOf(image), ...packages],
    relationships: [
      relation('SPDXRef-DOCUMENT', 'DESCRIBES', imageId),
      ...packages.map(({ SPDXID }) => relation(imageId, 'CONTAINS', SPDXID)),
    ],
  };
}

function relation(from: string, relationshipType: 'DESCRIBES' | 'CONTAINS', to: string) {
  return { spdxElementId: from, relationshipType, relatedSpdxElement: to };
}

const unknown = {
  downloadLocation: nothing,
  filesAnalyzed: false,
  licenseConcluded: nothing,
  licenseDeclared: nothing,
  copyrightText: nothing,
} as const;

function imageOf({ name, id }: BillInput['image']): SpdxPackage {
  const purpose = { primaryPackagePurpose: 'CONTAINER' } as const;
  return { SPDXID: imageId, name, versionInfo: id, ...unknown, ...purpose };
}

function packageOf({ name, version, url, license }: BilledPackage): SpdxPackage {
  const digits = createHash('sha256').update(url).digest('hex').slice(0, 16);
  const declared =
    license === null
      ? {}
      : 'expression' in license
        ? { licenseDeclared: license.expression }
        : { licenseComments: `The package says: ${license.text}` };
  return {
    SPDXID: `SPDXRef-Package-${digits}`,
    name,
    versionInfo: version,
    ...unknown,
    ...declared,
    externalRefs: [
      { referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: url },
    ],
  };
}
