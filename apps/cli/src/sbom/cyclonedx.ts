import {
  billedAt,
  billedPackages,
  fingerprintOf,
  uuidOf,
  type BilledPackage,
  type BillInput,
} from './bill.ts';

/** A component of a CycloneDX bill. */
export interface CycloneDxComponent {
  readonly type: 'container' | 'library' | 'application';
  readonly 'bom-ref'?: string;
  readonly name: string;
  readonly version: string;
  readonly purl?: string;
  readonly licenses?: readonly (
    | { readonly expression: string }
    | { readonly license: { readonly name: string } }
  )[];
}

/** A CycloneDX bill of materials (CycloneDX 1.5). */
export interface CycloneDxBill {
  readonly $schema: 'http://cyclonedx.org/schema/bom-1.5.schema.json';
  readonly bomFormat: 'CycloneDX';
  readonly specVersion: '1.5';
  readonly serialNumber: string;
  readonly version: 1;
  readonly metadata: {
    readonly timestamp: string;
    readonly tools: { readonly components: readonly CycloneDxComponent[] };
    readonly component: CycloneDxComponent;
  };
  readonly components: readonly CycloneDxComponent[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

/** What is in an image as a CycloneDX 1.5 bill; the same for the same image and packages. */
export function cycloneDxOf(input: BillInput): CycloneDxBill {
  const { image, version } = input;
  const packages = billedPackages(input);
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.5.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    serialNumber: `urn:uuid:${uuidOf(fingerprintOf(input))}`,
    version: 1,
    metadata: {
      timestamp: billedAt(input),
      tools: { components: [{ type: 'application', name: 'ds01', version }] },
      component: { type: 'container', 'bom-ref': image.id, name: image.name, version: image.id },
    },
    components: packages.map(componentOf),
    dependencies: [{ ref: image.id, dependsOn: packages.map(({ url }) => url) }],
  };
}

function componentOf({ name, version, url, license }: BilledPackage): CycloneDxComponent {
  return {
    type: 'library',
    'bom-ref': url,
    name,
    version,
    purl: url,
    ...(license === null ? {} : { licenses: [licenseOf(license)] }),
  };
}

function licenseOf(license: NonNullable<BilledPackage['license']>) {
  return 'expression' in license
    ? { expression: license.expression }
    : { license: { name: license.text } };
}
