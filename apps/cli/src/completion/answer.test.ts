import { expect, test } from 'vitest';
import { linesOf } from './answer.ts';

test('what a shell would run, or take for more than a word, is not offered', () => {
  const names = ['thesis', '$(reboot)', 'a;b', '`id`', 'a b', 'a\nb', ':files', 'größe-2', 'x:y/z'];
  const candidates = names.map((value) => ({ value }));
  expect(linesOf({ candidates, paths: null, open: false })).toBe('thesis\ngröße-2\nx:y/z\n');
});

test('a description is one line without escape sequences', () => {
  const candidates = [{ value: 'thesis', description: 'running, \u001b]0;x\u0007im\nage' }];
  expect(linesOf({ candidates, paths: 'files', open: true })).toBe(
    'thesis\trunning, im age\n:files\n:open\n',
  );
});
