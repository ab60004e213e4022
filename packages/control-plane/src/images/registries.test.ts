import { siteSettingsSchema } from '@ds01/contracts';
import { describe, expect, test } from 'vitest';
import { checkRegistry, readRegistryReference } from './registries.ts';

describe('a reference', () => {
  test.each([
    ['debian', 'debian:latest', 'docker.io'],
    ['docker.io/library/debian:12', 'debian:12', 'docker.io'],
    ['index.docker.io/pytorch/pytorch:2.8', 'pytorch/pytorch:2.8', 'docker.io'],
    ['localhost:5000/team/x:v1', 'localhost:5000/team/x:v1', 'localhost:5000'],
    ['Registry.Example.org/x', 'registry.example.org/x:latest', 'registry.example.org'],
    ['team/x', 'team/x:latest', 'docker.io'],
    [`ghcr.io/a/b@sha256:${'a'.repeat(64)}`, `ghcr.io/a/b@sha256:${'a'.repeat(64)}`, 'ghcr.io'],
  ])('%s is %s, of %s', (given, familiar, registry) => {
    expect(readRegistryReference(given)).toMatchObject({ familiar, registry });
  });

  test('what is none is refused', () => {
    for (const given of ['', 'A', 'x:', 'x y', '../x', 'x@sha256:1']) {
      expect(() => readRegistryReference(given)).toThrow(/is no name of an image/);
    }
  });
});

describe('a registry', () => {
  const allows = (settings: object, reference: string): boolean => {
    const site = siteSettingsSchema.parse(settings);
    try {
      checkRegistry(site, readRegistryReference(reference));
      return true;
    } catch {
      return false;
    }
  };

  test('of this server itself is refused unless the site names it or lets builds reach the host', () => {
    for (const host of [
      'localhost',
      'localhost:5000',
      'LOCALHOST:5000',
      'a.localhost:80',
      'localhost.localdomain:80',
      'ip6-loopback:80',
      '127.0.0.1',
      '127.1:5000',
      '127.9.9.9:5000',
      '0.0.0.0:80',
      '0x7f.1:80',
      '2130706433:80',
      '0177.0.0.1:80',
      '169.254.169.254',
      '127.0.0.1.:80',
    ]) {
      expect([host, allows({}, `${host}/x`)]).toEqual([host, false]);
      expect(allows({ builds: { allow_host_network: true } }, `${host}/x`)).toBe(true);
    }
    expect(allows({ images: { registries: ['localhost:5000'] } }, 'localhost:5000/x')).toBe(true);
    expect(allows({ images: { registries: ['localhost:5000'] } }, 'localhost:5001/x')).toBe(false);
  });

  test('is any other, or one of those that the site names', () => {
    expect(allows({}, 'registry.example.org/x')).toBe(true);
    expect(allows({}, 'debian')).toBe(true);
    const named = { images: { registries: ['docker.io/pytorch', 'ghcr.io'] } };
    expect(allows(named, 'pytorch/pytorch')).toBe(true);
    expect(allows(named, 'index.docker.io/pytorch/pytorch')).toBe(true);
    expect(allows(named, 'ghcr.io/a/b')).toBe(true);
    for (const other of ['debian', 'pytorchx/y', 'ghcr.io.example.org/a', 'localhost/x']) {
      expect(allows(named, other)).toBe(false);
    }
  });
});
