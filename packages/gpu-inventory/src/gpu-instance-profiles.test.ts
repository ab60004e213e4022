import { expect, test } from 'vitest';
import { parseComputeSlices } from './gpu-instance-profiles.ts';

const frame = `+${'-'.repeat(77)}+`;
const head = [
  frame,
  `| GPU instance profiles:                                                      |`,
  `| GPU   Name             ID    Instances   Memory     P2P    SM    DEC   ENC  |`,
  `|                              Free/Total   GiB              CE    JPEG  OFA  |`,
  `|=============================================================================|`,
];

/** A table of these profiles: index of the GPU, name, how many fit. */
function table(...profiles: readonly (readonly [number, string, number])[]): string {
  const rows = profiles.flatMap(([gpu, name, total]) => [
    `|   ${gpu}  MIG ${name.padEnd(14)} 19     0/${total}        4.75       No     14     0     0   |`,
    '|                                                             1     0     0   |',
    frame,
  ]);
  return `${[...head, ...rows].join('\n')}\n`;
}

test('the profile that covers the whole GPU tells its slices', () => {
  const text = table(
    [0, '1g.5gb', 7],
    [0, '1g.10gb', 4],
    [0, '3g.20gb', 2],
    [0, '7g.40gb', 1],
    [2, '1g.24gb', 4],
    [2, '1g.24gb-me', 4],
    [2, '2g.48gb', 2],
    [2, '4g.96gb+gfx', 1],
  );
  expect(parseComputeSlices(text)).toEqual(
    new Map([
      [0, 7],
      [2, 4],
    ]),
  );
});

test('a GPU whose largest profile is missing is left out', () => {
  expect(parseComputeSlices(table([0, '1g.5gb', 7], [0, '3g.20gb', 2]))).toEqual(new Map());
  expect(parseComputeSlices(table([0, '1g.5gb', 7], [0, '4g.20gb', 1]))).toEqual(new Map());
});

test('no GPU with MIG is no slices', () => {
  expect(parseComputeSlices('No MIG-supported devices found.\n')).toEqual(new Map());
});

test.each([
  ['nothing', ''],
  ['a message', 'Insufficient Permissions'],
  ['a table without its end', table([0, '1g.5gb', 7]).slice(0, -90)],
  ['a profile that is not understood', table([0, '7x.40gb', 1])],
  ['more free than there are', table([0, '7g.40gb', 1]).replace('0/1', '3/1')],
])('%s is refused', (_what, text) => {
  expect(() => parseComputeSlices(text)).toThrow(
    expect.objectContaining({ code: 'gpu.probe-failed' }),
  );
});
