import { slugSchema } from '@ds01/contracts';
import { assert, constantFrom, array, oneof, property, string, stringMatching } from 'fast-check';
import { expect, test } from 'vitest';
import { cleanGroup, cleanPasswd, groupFor, passwdFor } from './account-files.ts';

const alice = {
  slug: slugSchema.parse('alice'),
  uid: 2001,
  gid: 2001,
  groups: [{ name: 'lab', gid: 3000 }],
  shell: '/bin/sh',
};

/** Lines that an image may hold: good ones, ones in the way, ones made to confuse, anything. */
const lines = oneof(
  constantFrom(
    'root:x:0:0:root:/root:/bin/sh',
    'alice:x:0:0:::',
    'other:x:2001:2001::/:/bin/sh',
    '+::::::',
    '+@admins::::::',
    '-bob::::::',
    'lab:x:4000:alice',
    'wheel:x:0:alice,root',
    'shadow:x:3000:',
    '2001:x:0:0::/:/bin/sh',
    'a:x:99999999999:1::/:/bin/sh',
    'crlf:x:5:5::/:/bin/sh\r',
    'zero:x:5:5:\0:/:/bin/sh',
    `${'long'.repeat(400)}:x:6:6::/:/bin/sh`,
  ),
  string({ unit: 'binary' }),
  stringMatching(/^[a-z+:0-9]{0,40}$/),
);
const texts = array(lines, { maxLength: 60 }).map((all) => all.join('\n'));

test('whatever an image holds, its owner is in passwd once, and every line is well formed', () => {
  assert(
    property(texts, (text) => {
      const entries = passwdFor(cleanPasswd(text), alice).split('\n').slice(0, -1);
      for (const entry of entries) {
        expect(entry).toMatch(/^[A-Za-z_][\w.-]*:x:\d+:\d+:[^:\p{Cc}]*:[^:\p{Cc}]*:[^:\p{Cc}]*$/u);
      }
      const own = entries.filter((entry) => entry.split(':')[0] === 'alice');
      const same = entries.filter((entry) => Number(entry.split(':')[2]) === 2001);
      expect([own, same]).toEqual([
        ['alice:x:2001:2001::/home/alice:/bin/sh'],
        ['alice:x:2001:2001::/home/alice:/bin/sh'],
      ]);
    }),
  );
});

test('whatever an image holds, its owner is in no group but their own and the shared ones', () => {
  assert(
    property(texts, (text) => {
      const entries = groupFor(cleanGroup(text), alice).split('\n').slice(0, -1);
      for (const entry of entries) expect(entry).toMatch(/^[A-Za-z_][\w.-]*:x:\d+:[\w.,-]*$/);
      const withAlice = entries.filter((entry) =>
        entry.split(':')[3]?.split(',').includes('alice'),
      );
      expect(withAlice).toEqual(['lab:x:3000:alice']);
      const ids = entries.map((entry) => Number(entry.split(':')[2]));
      expect(ids.filter((id) => id === 2001 || id === 3000)).toHaveLength(2);
    }),
  );
});

test('cleaning what was cleaned changes nothing', () => {
  assert(
    property(texts, (text) => {
      expect(cleanPasswd(cleanPasswd(text))).toBe(cleanPasswd(text));
      expect(cleanGroup(cleanGroup(text))).toBe(cleanGroup(text));
    }),
  );
});

test('of a file with a million lines a thousand are kept', () => {
  const many = Array.from({ length: 100_000 }, (_, id) => `u${id}:x:${id}:0::/:/bin/sh`).join('\n');
  expect(cleanPasswd(many).split('\n')).toHaveLength(1000);
});

test('an image without files gives the owner alone', () => {
  expect(passwdFor('', alice)).toBe('alice:x:2001:2001::/home/alice:/bin/sh\n');
  expect(groupFor('', alice)).toBe('alice:x:2001:\nlab:x:3000:alice\n');
});
