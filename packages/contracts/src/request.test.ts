import { expect, test } from 'vitest';
import {
  canonicalRequestOf,
  defaultDataTarget,
  deployRequestSchema,
  secretFingerprintOf,
} from './request.ts';

const stored = {
  image: 'ds01/busybox:latest',
  workspace: '/home/alice/workspace/thesis',
  project: null,
  gpu: { kind: 'any' as const },
  env: {},
  command: null,
};

test('a request without any newer option has the text that it always had', () => {
  const text = canonicalRequestOf(deployRequestSchema.parse(stored));
  expect(text).toBe(
    '{"command":null,"env":{},"gpu":{"kind":"any"},"image":"ds01/busybox:latest",' +
      '"project":null,"workspace":"/home/alice/workspace/thesis"}',
  );
  expect(deployRequestSchema.parse(JSON.parse(text))).toEqual(deployRequestSchema.parse(stored));
});

test.each([
  { data: [{ folder: '/a', target: '/data/a', readOnly: true }] },
  { ports: [{ containerPort: 80, protocol: 'tcp', hostPort: null }] },
  { secrets: [{ name: 'token', hmac: '00' }] },
  { network: 'none' },
  { cpus: 0.5 },
  { memoryBytes: 1 },
  { shmSizeBytes: 1 },
])('%j makes it another request', (option) => {
  const texts = [stored, { ...stored, ...option }].map((request) =>
    canonicalRequestOf(deployRequestSchema.parse(request)),
  );
  expect(texts[0]).not.toBe(texts[1]);
  expect(deployRequestSchema.parse(JSON.parse(texts[1] ?? ''))).toMatchObject(option);
});

test('the fingerprint of a secret depends on its bytes and on the key', () => {
  const of = (text: string, key: number) =>
    secretFingerprintOf(new TextEncoder().encode(text), new Uint8Array(32).fill(key));
  expect(new Set([of('a', 1), of('b', 1), of('a', 2)]).size).toBe(3);
  expect(of('a', 1)).toBe(of('a', 1));
});

test.each([
  ['/srv/data/imagenet', '/data/imagenet'],
  ['/srv/data/imagenet/', '/data/imagenet'],
])('%s is mounted at %s', (folder, target) => {
  expect(defaultDataTarget(folder)).toBe(target);
});
