import { expect, test } from 'vitest';
import { parseQueryCsv } from './query-csv.ts';

const failure = expect.objectContaining({ code: 'gpu.probe-failed' });

const cells = (output: string): unknown =>
  parseQueryCsv(output).rows.map((row) => Object.fromEntries(row.values));

test('fields are named without their units, values keep theirs', () => {
  expect(cells('index, memory.used [MiB], mig.mode.current\n0, 12 MiB, [N/A]\n')).toEqual([
    { index: '0', 'memory.used': '12 MiB', 'mig.mode.current': null },
  ]);
});

test('a process name may hold the separator', () => {
  expect(cells('pid, process_name, used_gpu_memory [MiB]\n7, a, b, c, 3 MiB\n')).toEqual([
    { pid: '7', process_name: 'a, b, c', used_gpu_memory: '3 MiB' },
  ]);
});

test('a value that the driver failed to read is unknown and named', () => {
  const [row] = parseQueryCsv('uuid, power.draw [W]\nGPU-aa, [Unknown Error]\n').rows;
  expect(row?.values.get('power.draw')).toBeNull();
  expect(row?.broken).toEqual(['power.draw']);
});

test('a head without rows, and no devices, are no rows', () => {
  expect(parseQueryCsv('pid, process_name\n').rows).toEqual([]);
  expect(parseQueryCsv('No devices were found\n').rows).toEqual([]);
});

test.each([
  ['nothing', ''],
  ['a message', 'Field "memory" is not a valid field to query.\n'],
  ['too few values', 'index, uuid\n0\n'],
  ['too many values', 'index, uuid\n0, GPU-aa, 1\n'],
])('%s is refused', (_what, text) => {
  expect(() => parseQueryCsv(text)).toThrow(failure);
});
