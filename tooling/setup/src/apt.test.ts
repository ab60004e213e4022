import { expect, test } from 'vitest';
import { parsePrintUris } from './apt.ts';

test('apt print-uris lines yield package name, file name and size; other lines are skipped', () => {
  const text = [
    'Reading package lists...',
    'Need to get 66.7 MB of archives.',
    "'http://deb.debian.org/debian/pool/main/b/busybox/busybox-static_1.35.0-4_amd64.deb' busybox-static_1%3a1.35.0-4_amd64.deb 928188 MD5Sum:f6f1",
  ].join('\n');
  expect(parsePrintUris(text)).toEqual([
    {
      name: 'busybox-static',
      fileName: 'busybox-static_1%3a1.35.0-4_amd64.deb',
      sizeBytes: 928188,
    },
  ]);
});
