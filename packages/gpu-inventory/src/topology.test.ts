import { expect, test } from 'vitest';
import { migHost } from './fixtures/mig-host.ts';
import { parseTopology } from './topology.ts';

const failure = expect.objectContaining({ code: 'gpu.probe-failed' });

const matrix = (...rows: string[]): string =>
  ['\tGPU0\tGPU1\tCPU Affinity\tNUMA Affinity', ...rows, '', 'Legend:', ''].join('\n');

test('links and NUMA nodes of GPUs are read, network cards ignored', () => {
  expect(parseTopology(migHost.topology)).toEqual({
    links: [{ fromIndex: 0, toIndex: 1, kind: 'nvlink', nvlinkCount: 12 }],
    numaNodes: new Map([
      [0, 0],
      [1, 1],
    ]),
  });
});

test.each(['PIX', 'PXB', 'PHB', 'NODE', 'SYS'])('%s is a link without NVLinks', (word) => {
  const { links } = parseTopology(
    matrix(`GPU0\t X \t${word}\t0-7\t0`, `GPU1\t${word}\t X \t0-7\t0`),
  );
  expect(links).toEqual([{ fromIndex: 0, toIndex: 1, kind: word.toLowerCase(), nvlinkCount: 0 }]);
});

test('a pair that the matrix contradicts itself about, or has a new word for, has no link', () => {
  expect(parseTopology(matrix('GPU0\t X \tNV4\t0\t0', 'GPU1\tSYS\t X \t0\t0')).links).toEqual([]);
  expect(parseTopology(matrix('GPU0\t X \tCXL\t0\t0', 'GPU1\tCXL\t X \t0\t0')).links).toEqual([]);
});

test.each(['N/A', '0-1', '0,1', ''])('NUMA affinity %j is unknown', (word) => {
  const { numaNodes } = parseTopology(
    matrix(`GPU0\t X \tSYS\t0-7\t${word}`, 'GPU1\tSYS\t X \t0-7\t1'),
  );
  expect([...numaNodes]).toEqual([[1, 1]]);
});

test.each([
  ['nothing', ''],
  ['a message', 'Failed to run topology matrix\n'],
  ['a matrix with a row less', matrix('GPU0\t X \tSYS\t0\t0')],
  ['a matrix with other rows', matrix('GPU0\t X \tSYS\t0\t0', 'GPU2\tSYS\t X \t0\t0')],
])('%s is refused', (_what, text) => {
  expect(() => parseTopology(text)).toThrow(failure);
});
