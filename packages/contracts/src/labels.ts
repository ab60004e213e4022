import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { z } from 'zod';

/** Every label that DS01 writes, without the prefix `ds01.`; all are written at every create. */
export const labelNames = [
  'version',
  'user',
  'uid',
  'name',
  'managed',
  'interface',
  'request',
  'project',
  'image',
  'workspace',
  'created_at',
  'lease',
  'gpu.slots',
  'gpu.uuids',
  'gpu.equivalents',
  'job',
  'protected',
  'monitoring',
  'mounts',
] as const;

/** Name of a DS01 label without its prefix. */
export type LabelName = (typeof labelNames)[number];

/** Values of all labels; an empty string where one doesn't apply. */
export type LabelValues = Readonly<Record<LabelName, string>>;

/** Schema version of the labels, the value of `ds01.version`. */
export const labelSchemaVersion = '3';

/** Labels that came later than a version; its signature doesn't cover them. */
const laterThan: Readonly<Record<string, readonly LabelName[]>> = { '2': ['mounts'], '3': [] };

const labelValuesSchema = z.record(z.enum(labelNames), z.string());

const prefix = 'ds01.';
const signatureKey = `${prefix}sig`;

/** True for labels that only DS01 may write; a caller's are refused. */
export function isReservedLabel(key: string): boolean {
  return key === 'ds01' || key.startsWith(prefix);
}

/**
 * The labels to put on a container: every DS01 key (so that an image's can't shine through) and
 * `ds01.sig`, an HMAC-SHA-256 over the sorted others under `key`.
 */
export function signLabels(
  values: Partial<LabelValues>,
  key: Uint8Array,
): Readonly<Record<string, string>> {
  const labels: Record<string, string> = {};
  for (const name of labelNames) labels[prefix + name] = values[name] ?? '';
  labels[`${prefix}version`] = labelSchemaVersion;
  return { ...labels, [signatureKey]: signatureOf(labels, key) };
}

/** Labels of a container with what they are worth. `foreign`: unsigned or not signed by us. */
export type ReadLabels =
  | { readonly trust: 'signed'; readonly values: LabelValues }
  | { readonly trust: 'foreign' };

/**
 * Believes a container's labels only under a valid signature of `key`. Version 2 is read too: what
 * its signature doesn't cover (`mounts`) counts as empty, whatever stands there.
 */
export function readLabels(labels: Readonly<Record<string, string>>, key: Uint8Array): ReadLabels {
  const given = labels[signatureKey];
  if (given === undefined || given === '') return { trust: 'foreign' };
  if (!equalInConstantTime(given, signatureOf(labels, key))) return { trust: 'foreign' };
  const covered = new Set(coveredBy(labels));
  const values: Record<string, string> = {};
  for (const name of labelNames) {
    values[name] = covered.has(name) ? (labels[prefix + name] ?? '') : '';
  }
  return { trust: 'signed', values: labelValuesSchema.parse(values) };
}

function coveredBy(labels: Readonly<Record<string, string>>): readonly LabelName[] {
  const later = laterThan[labels[`${prefix}version`] ?? ''] ?? [];
  return labelNames.filter((name) => !later.includes(name));
}

function signatureOf(labels: Readonly<Record<string, string>>, key: Uint8Array): string {
  const pairs = coveredBy(labels)
    .map((name) => prefix + name)
    .toSorted()
    .map((label) => [label, labels[label] ?? '']);
  return bytesToHex(hmac(sha256, key, utf8ToBytes(JSON.stringify(pairs))));
}

function equalInConstantTime(left: string, right: string): boolean {
  if (left.length !== right.length) return false;
  let difference = 0;
  for (let index = 0; index < left.length; index += 1) {
    difference |= left.charCodeAt(index) ^ right.charCodeAt(index);
  }
  return difference === 0;
}
