import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { expect, test } from 'vitest';
import { mountsLabelOf, readMountsLabel } from './container-mounts.ts';
import { labelNames, readLabels, signLabels } from './labels.ts';

const key = new Uint8Array(32).fill(7);

/** Signed as version 2 did: over all names but `mounts`. */
function signedAsVersion2(
  values: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const labels: Record<string, string> = {};
  for (const name of labelNames) if (name !== 'mounts') labels[`ds01.${name}`] = values[name] ?? '';
  labels['ds01.version'] = '2';
  const pairs = Object.keys(labels)
    .toSorted()
    .map((label) => [label, labels[label]]);
  const signature = bytesToHex(hmac(sha256, key, utf8ToBytes(JSON.stringify(pairs))));
  return { ...labels, 'ds01.sig': signature };
}

const mounts = mountsLabelOf({
  image: 'sha256:1',
  data: [{ folder: '/data/sets', target: '/data/sets', readOnly: true }],
  secrets: true,
  network: 'private',
});

test('what a container needs on the host survives its label', () => {
  const read = readLabels(signLabels({ user: 'alice', mounts }, key), key);
  expect(read.trust === 'signed' && readMountsLabel(read.values.mounts)).toMatchObject({
    image: 'sha256:1',
    secrets: true,
  });
});

test('labels of version 2 are still believed', () => {
  const read = readLabels(signedAsVersion2({ user: 'alice' }), key);
  expect(read).toMatchObject({ trust: 'signed', values: { user: 'alice', mounts: '' } });
});

test('mounts that somebody added to labels of version 2 count for nothing', () => {
  const read = readLabels({ ...signedAsVersion2({ user: 'alice' }), 'ds01.mounts': mounts }, key);
  expect(read).toMatchObject({ trust: 'signed', values: { mounts: '' } });
});

test.each([
  ['an older version is claimed', { 'ds01.version': '2' }],
  ['a version of the future is claimed', { 'ds01.version': '4' }],
  ['its mounts are changed', { 'ds01.mounts': mounts.replace('true', 'false') }],
  ['its mounts are taken away', { 'ds01.mounts': '' }],
] as const)('a signed container is foreign when %s', (_, changed) => {
  const labels = { ...signLabels({ user: 'alice', mounts }, key), ...changed };
  expect(readLabels(labels, key)).toEqual({ trust: 'foreign' });
});

test.each(['', '{', '{}', '[]', '{"image":1}'])('%j is no label of mounts', (text) => {
  expect(readMountsLabel(text)).toBeNull();
});
