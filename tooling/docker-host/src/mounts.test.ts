import { expect, test } from 'vitest';
import { parseMountinfo } from './mounts.ts';

test('a mountinfo line yields its unescaped mount point and whether it is shared', () => {
  const text = [
    '42 27 254:0 /a /var/with\\040space rw,relatime shared:1 - ext4 /dev/vda rw',
    '64 44 254:0 /b /slave rw,relatime master:1 - ext4 /dev/vda rw',
    '22 27 0:21 / /proc rw,relatime - proc proc rw',
    '',
  ].join('\n');
  expect(parseMountinfo(text)).toEqual([
    { mountPoint: '/var/with space', isShared: true },
    { mountPoint: '/slave', isShared: false },
    { mountPoint: '/proc', isShared: false },
  ]);
});
