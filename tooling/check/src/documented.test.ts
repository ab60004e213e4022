import { expect, test } from 'vitest';
import { findUndocumented } from './documented.ts';

const undocumented = (text: string, path = 'packages/limits/src/a.ts'): string[] =>
  findUndocumented([{ path, text }]).map(({ line, message }) => `${line} ${message}`);

test.each([
  'export const a = 1;',
  'export function a() {}',
  'export async function a() {}',
  'export class a {}',
  'export interface a {}',
  'export type a = 1;',
  'const a = 1;\nexport { a };',
  '/* plain */ export const a = 1;',
  '// line\nexport const a = 1;',
  '/** of b */ const b = 1; export const a = b;',
])('reports %j', (code) => {
  expect(undocumented(code)).toEqual([expect.stringContaining('exports a without')]);
});

test.each([
  '/** Doc. */\nexport const a = 1;',
  '/** Doc. */ export type a = 1;\nexport const a = 1;',
  '/** Doc. */\nfunction a() {}\nexport { a };',
  "export { a } from './b.ts';",
  "export type { a } from './b.ts';",
  '/** Doc. */\nexport function a(x: 1): 1;\nexport function a(x: 2): 2;\nexport function a() {}',
  'const hidden = 1;',
])('is content with %j', (code) => {
  expect(undocumented(code)).toEqual([]);
});

test('names the line', () => {
  expect(undocumented('\n\nexport const a = 1;')).toEqual(['3 exports a without a doc comment']);
});

test('tests and configuration need no documentation', () => {
  expect(undocumented('export const a = 1;', 'packages/limits/src/a.test.ts')).toEqual([]);
  expect(undocumented('export default 1;', 'packages/limits/tsup.config.ts')).toEqual([]);
});
