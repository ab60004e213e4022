import { createHash } from 'node:crypto';
import type { ImageSummary, InstalledPackage } from '@ds01/contracts';
import parseExpression from 'spdx-expression-parse';
import { packageUrlOf } from './package-url.ts';

/** What a bill of materials is made from. */
export interface BillInput {
  readonly image: Pick<ImageSummary, 'name' | 'id' | 'createdAt'>;
  readonly packages: readonly InstalledPackage[];
  /** Which distribution the image is of, as its os-release says: `debian`; `null` when unknown. */
  readonly distribution: string | null;
  /** Version of DS01. */
  readonly version: string;
}

/** A package as both formats name it. */
export interface BilledPackage {
  readonly name: string;
  readonly version: string;
  readonly url: string;
  readonly license: License | null;
}

/** What a package says of its license; an expression where it is one (SPDX 2.3, annex D). */
export type License = { readonly expression: string } | { readonly text: string };

/** The packages of an image, each once, in the order of their URLs. */
export function billedPackages({ packages, distribution }: BillInput): readonly BilledPackage[] {
  const byUrl = new Map<string, BilledPackage>();
  for (const one of packages) {
    const url = packageUrlOf(one, distribution);
    if (byUrl.has(url)) continue;
    const { name, version } = one;
    byUrl.set(url, { name, version, url, license: licenseOf(one.license) });
  }
  return [...byUrl.values()].toSorted((one, other) => (one.url < other.url ? -1 : 1));
}

/** When the image was made, in the seconds that SPDX wants: the same image, the same bill. */
export function billedAt({ image }: BillInput): string {
  return image.createdAt.replace(/\.\d+Z$/, 'Z');
}

/** 64 hexadecimal digits that stand for the image and all that was found in it. */
export function fingerprintOf(input: BillInput): string {
  const hash = createHash('sha256').update(input.image.id);
  for (const { url } of billedPackages(input)) hash.update('\n').update(url);
  return hash.digest('hex');
}

/** A UUID of given digits, of the version for what a program decides (RFC 9562, 8). */
export function uuidOf(digits: string): string {
  const variant = ((Number.parseInt(digits.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `8${digits.slice(13, 16)}`,
    `${variant}${digits.slice(17, 20)}`,
    digits.slice(20, 32),
  ].join('-');
}

function licenseOf(text: string | null): License | null {
  if (text === null || text.trim() === '') return null;
  try {
    parseExpression(text);
    return { expression: text };
  } catch {
    return { text };
  }
}
