import { array, assert, property, string } from 'fast-check';
import { test } from 'vitest';
import { plainLine, plainLines } from './plain.ts';

const anything = string({ unit: 'binary', maxLength: 300 });
const isPlain = (line: string): boolean => !/[\p{C}\u2028\u2029]/u.test(line);

test('no text gets a control character into a line', () => {
  assert(property(anything, (text) => isPlain(plainLine(text))));
});

test('no text makes a line too wide, unless one word or a command is', () => {
  assert(
    property(array(anything, { maxLength: 5 }), (lines) =>
      plainLines(lines).every(
        (line) =>
          isPlain(line) && (line.length <= 72 || line.startsWith('  ') || !line.includes(' ')),
      ),
    ),
  );
});

test('what is plain stays as it is', () => {
  assert(
    property(array(anything, { maxLength: 5 }), (lines) => {
      const once = plainLines(lines);
      return plainLines(once).join('\n') === once.join('\n');
    }),
  );
});
