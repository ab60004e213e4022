import { expect, test } from 'vitest';
import { dataMountsOf } from './data-mounts.ts';

test.each([
  ['/srv/images', { folder: '/srv/images', target: '/data/images', readOnly: true }],
  ['/srv/images/', { folder: '/srv/images', target: '/data/images', readOnly: true }],
  ['/srv/images:ro', { folder: '/srv/images', target: '/data/images', readOnly: true }],
  ['images:rw', { folder: '/home/alice/images', target: '/data/images', readOnly: false }],
  ['../bob', { folder: '/home/bob', target: '/data/bob', readOnly: true }],
  ['.', { folder: '/home/alice', target: '/data/alice', readOnly: true }],
  ['/a:/in//side/', { folder: '/a', target: '/in/side', readOnly: true }],
  ['/a:/inside:rw', { folder: '/a', target: '/inside', readOnly: false }],
  ['/:/host:ro', { folder: '/', target: '/host', readOnly: true }],
  ['rw', { folder: '/home/alice/rw', target: '/data/rw', readOnly: true }],
])('-d %s', (value, mount) => {
  expect(dataMountsOf([value], '/home/alice')).toEqual([mount]);
});

test.each([
  '',
  ':rw',
  ':/data',
  '/',
  '/a:inside',
  '/a:b:/c',
  '/a:/b:/c:rw',
  '/a:/b:rx',
  '/a:/',
  '/a:/b/../c',
  '/a:ro:rw',
])('-d %j is refused', (value) => {
  expect(() => dataMountsOf([value], '/home/alice')).toThrow(
    expect.objectContaining({ code: 'usage.invalid' }),
  );
});

test('two folders at one place are refused', () => {
  expect(() => dataMountsOf(['/a/x', '/b/x'], '/')).toThrow(/mounted at \/data\/x/);
});
