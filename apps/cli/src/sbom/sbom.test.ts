import type { InstalledPackage } from '@ds01/contracts';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { cycloneDxOf } from './cyclonedx.ts';
import type { BillInput } from './bill.ts';
import { packageUrlOf } from './package-url.ts';
import { spdxOf } from './spdx.ts';

const one = (
  ecosystem: InstalledPackage['ecosystem'],
  name: string,
  version: string,
  license: string | null = null,
): InstalledPackage => ({ ecosystem, name, version, license });

const packages: readonly InstalledPackage[] = [
  one('pip', 'Typing_Extensions', '4.12.2', 'PSF-2.0'),
  one('pip', 'odd', '1+local.1', 'see the file LICENSE'),
  one('dpkg', 'libstdc++6', '1:12.2.0-14'),
  one('apk', 'musl', '1.2.5-r0', 'MIT'),
  one('rpm', 'bash', '5.2.26-3.fc40', 'GPL-3.0-or-later'),
  one('conda', 'numpy', '2.1.0', 'BSD-3-Clause'),
  one('npm', '@types/node', '24.0.0', 'MIT OR Apache-2.0'),
  one('npm', '@types/node', '24.0.0', 'MIT OR Apache-2.0'),
];

const input: BillInput = {
  image: { name: 'thesis', id: `sha256:${'a'.repeat(64)}`, createdAt: '2026-11-22T08:00:00.123Z' },
  packages,
  distribution: 'debian',
  version: '0.1.0',
};

test.each([
  [one('pip', 'Typing_Extensions', '4.12.2'), 'pkg:pypi/typing-extensions@4.12.2'],
  [one('dpkg', 'libstdc++6', '1:12.2.0-14'), 'pkg:deb/ubuntu/libstdc%2B%2B6@1:12.2.0-14'],
  [one('npm', '@types/node', '24.0.0'), 'pkg:npm/%40types/node@24.0.0'],
  [one('conda', 'numpy', '2.1.0'), 'pkg:conda/numpy@2.1.0'],
  [one('apk', 'musl', '1.2.5-r0'), 'pkg:apk/ubuntu/musl@1.2.5-r0'],
])('%j is called %s', (given, url) => {
  expect(packageUrlOf(given, 'ubuntu')).toBe(url);
});

test('packages of an unknown distribution are those of the one that the format is from', () => {
  expect(packageUrlOf(one('dpkg', 'tree', '2'), null)).toBe('pkg:deb/debian/tree@2');
});

describe('an SPDX document', () => {
  /** The fields that schemas/spdx-schema.json of SPDX 2.3 requires, and the forms it gives them. */
  const id = z.string().regex(/^SPDXRef-[A-Za-z0-9.-]+$/);
  const schema = z.object({
    spdxVersion: z.literal('SPDX-2.3'),
    dataLicense: z.literal('CC0-1.0'),
    SPDXID: id,
    name: z.string(),
    documentNamespace: z.url(),
    creationInfo: z.object({
      created: z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      creators: z.array(z.string().regex(/^(?:Person|Organization|Tool): /)).min(1),
    }),
    packages: z.array(
      z.object({
        SPDXID: id,
        name: z.string(),
        downloadLocation: z.string(),
        versionInfo: z.string(),
      }),
    ),
    relationships: z.array(
      z.object({ spdxElementId: id, relatedSpdxElement: id, relationshipType: z.string() }),
    ),
  });

  test('has what the format requires', () => {
    expect(() => schema.parse(spdxOf(input))).not.toThrow();
  });

  test('has every package once, and every relation leads to one of them', () => {
    const document = spdxOf(input);
    const ids = document.packages.map(({ SPDXID }) => SPDXID);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toHaveLength(packages.length);
    const known = new Set(['SPDXRef-DOCUMENT', ...ids]);
    for (const { spdxElementId, relatedSpdxElement } of document.relationships) {
      expect([known.has(spdxElementId), known.has(relatedSpdxElement)]).toEqual([true, true]);
    }
  });

  test('declares a license that is an expression, and only quotes what isn’t', () => {
    const licenses = new Map(
      spdxOf(input).packages.map((found) => [
        found.name,
        [found.licenseDeclared, found.licenseComments ?? null],
      ]),
    );
    expect(licenses.get('@types/node')).toEqual(['MIT OR Apache-2.0', null]);
    expect(licenses.get('odd')).toEqual(['NOASSERTION', 'The package says: see the file LICENSE']);
    expect(licenses.get('libstdc++6')).toEqual(['NOASSERTION', null]);
  });
});

describe('a CycloneDX bill', () => {
  /** What bom-1.5.schema.json requires of what is used here. */
  const component = z.object({
    type: z.enum(['application', 'container', 'library']),
    name: z.string(),
    version: z.string(),
    'bom-ref': z.string().min(1).optional(),
    purl: z.string().startsWith('pkg:').optional(),
    licenses: z
      .array(
        z.union([
          z.strictObject({ expression: z.string() }),
          z.strictObject({ license: z.strictObject({ name: z.string() }) }),
        ]),
      )
      .optional(),
  });
  const schema = z.strictObject({
    $schema: z.literal('http://cyclonedx.org/schema/bom-1.5.schema.json'),
    bomFormat: z.literal('CycloneDX'),
    specVersion: z.literal('1.5'),
    serialNumber: z
      .string()
      .regex(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
    version: z.int().min(1),
    metadata: z.strictObject({
      timestamp: z.iso.datetime(),
      tools: z.strictObject({ components: z.array(component) }),
      component,
    }),
    components: z.array(component),
    dependencies: z.array(z.strictObject({ ref: z.string(), dependsOn: z.array(z.string()) })),
  });

  test('has what the format requires', () => {
    expect(() => schema.parse(cycloneDxOf(input))).not.toThrow();
  });

  test('refers to each component once, and depends on no other', () => {
    const bill = cycloneDxOf(input);
    const references = bill.components.map((found) => found['bom-ref']);
    expect(new Set(references).size).toBe(references.length);
    expect(bill.dependencies).toEqual([{ ref: input.image.id, dependsOn: references }]);
  });
});

test('the same image and packages give the same document, in whatever order they come', () => {
  const turned = { ...input, packages: packages.toReversed() };
  expect(JSON.stringify(spdxOf(turned))).toBe(JSON.stringify(spdxOf(input)));
  expect(JSON.stringify(cycloneDxOf(turned))).toBe(JSON.stringify(cycloneDxOf(input)));
});

test('another package makes another document', () => {
  const fewer = { ...input, packages: packages.slice(1) };
  expect(spdxOf(fewer).documentNamespace).not.toBe(spdxOf(input).documentNamespace);
  expect(cycloneDxOf(fewer).serialNumber).not.toBe(cycloneDxOf(input).serialNumber);
});
