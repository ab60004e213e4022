import { plainScreen } from '@ds01/command-line';
import { expect, test } from 'vitest';
import { image } from '../wizard/testing/scripted.ts';
import { deletedText } from './deleted-text.ts';
import { imageTable, tagWords } from './image-text.ts';
import { ownNames } from './own-names.ts';

const nowMs = Date.UTC(2026, 10, 22, 8);
const own = {
  ...image('thesis', true),
  tags: ['ds01-alice/thesis:latest', 'ds01-alice/thesis:b20261122-1', 'ds01-alice/thesis:exp'],
  containers: 2,
  lastUsedAt: '2026-11-19T08:00:00.000Z',
};

test('tags that a person chose come first, those that DS01 gives last', () => {
  expect(tagWords(own.tags)).toEqual(['exp', 'latest', 'b20261122-1']);
});

test('a list tells age, last use and whose it is', () => {
  const shared = { ...image('ds01-bob/paper'), sharedBy: 'bob' };
  const lines = imageTable([own, shared, image('debian')], { screen: plainScreen, nowMs });
  const rows = lines.split('\n').map((line) => line.split(/ {2,}/));
  expect(rows).toEqual([
    ['NAME', 'OWNER', 'TAGS', 'SIZE', 'AGE', 'LAST USE', 'USED BY'],
    ['thesis', 'you', 'exp, latest', '1 GiB', 'just now', '3 days ago', '2'],
    ['ds01-bob/paper', 'shared by bob', 'latest', '1 GiB', 'just now', '-', '0'],
    ['debian', 'everybody', 'latest', '1 GiB', 'just now', '-', '0'],
  ]);
});

test('one’s own images are named once, however many versions there are', () => {
  expect(ownNames([own, image('thesis:b20261121-1', true), image('debian')])).toEqual(['thesis']);
});

test('what was deleted is named as its owner names it, and what was kept says why', () => {
  const deleted = {
    tags: ['ds01-alice/thesis:exp'],
    ids: [],
    freedBytes: 2 ** 20,
    kept: [{ name: 'thesis', reason: 'latest leads to it' }],
  };
  expect(deletedText(deleted, false)).toBe(
    'deleted thesis:exp (1 MiB)\nkept thesis: latest leads to it',
  );
  expect(deletedText(deleted, true)).toMatch(/^would delete thesis:exp/);
  expect(deletedText({ ...deleted, tags: [], kept: [] }, false)).toBe('nothing to delete');
});
