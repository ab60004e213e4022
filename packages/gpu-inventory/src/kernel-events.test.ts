import { expect, test } from 'vitest';
import { busSlotOf, noKernelEvents, withKernelLine, type KernelEvents } from './kernel-events.ts';

const slot = '00000000:3B:00';
const line = (text: string, priority = 4): string => `${priority},812,5140900,-;${text}`;
const after = (...texts: readonly string[]): KernelEvents =>
  texts.reduce((events, text) => withKernelLine(events, line(text)), noKernelEvents);
const codes = (events: KernelEvents): readonly number[] =>
  (events.faults.get(slot) ?? []).map(({ code }) => code);

const lost = 'NVRM: Xid (PCI:0000:3b:00): 79, pid=4211, name=python, GPU has fallen off the bus.';

test('a fatal Xid is kept under its bus id, with what the driver said', () => {
  const [fault] = after(lost).faults.get(slot) ?? [];
  expect(fault).toMatchObject({ code: 79, text: expect.stringContaining('fallen off the bus') });
  // Everybody may read why a GPU is out of use, and whose process it was is nobody's business.
  expect(fault?.text).not.toMatch(/4211|python/);
  expect(busSlotOf('00000000:3b:00.0')).toBe(slot);
});

test.each([13, 31, 32, 43, 45, 63, 68, 69, 92, 94, 109, 999])(
  'Xid %i says nothing about the GPU’s health',
  (code) => {
    expect(codes(after(`NVRM: Xid (PCI:0000:3b:00): ${code}, pid=1, name=python`))).toEqual([]);
  },
);

test.each([46, 48, 62, 64, 74, 79, 95, 110, 119, 120, 136, 140, 143])('Xid %i is fatal', (code) => {
  expect(codes(after(`NVRM: Xid (PCI:0000:3b:00): ${code}`))).toEqual([code]);
});

test.each([
  'NVRM: Xid (0000:3b:00): 79, GPU has fallen off the bus.',
  'NVRM: Xid (PCI:0000:3b:00 GPU-I:05): 95, pid=1',
  'NVRM: Xid (PCI:0000:3B:00.0): 64, row remapper',
])('%s is understood', (text) => {
  expect(codes(after(text))).toHaveLength(1);
});

test.each([
  ['the driver is loaded anew', 'NVRM: loading NVIDIA UNIX x86_64 Kernel Module  550.163.01'],
  ['the bus finds the device again', 'pci 0000:3b:00.0: [10de:20b5] type 00 class 0x030200'],
  ['an administrator says that it was reset', 'ds01: GPU 0000:3b:00 was reset'],
  [
    'the driver asks for nothing any more',
    'NVRM: Xid (PCI:0000:3b:00): 154, GPU recovery action changed from 0x2 (Reboot) to 0x0 (None)',
  ],
])('a fatal Xid is over when %s', (_what, text) => {
  expect(codes(after(lost, text))).toEqual([]);
});

test('what happens to another GPU puts nothing right', () => {
  expect(codes(after(lost, 'pci 0000:5e:00.0: [10de:20b5] type 00'))).toEqual([79]);
  expect(codes(after(lost, 'ds01: GPU 0000:5e:00 was reset'))).toEqual([79]);
});

test('a recovery action that the driver asks for is fatal until it asks for none', () => {
  const text =
    'NVRM: Xid (PCI:0000:3b:00): 154, GPU recovery action changed from 0x0 (None) to 0x1 (GPU Reset Required)';
  expect(codes(after(text, text))).toEqual([154]);
});

test('an Xid that the driver does not sum up outlives its "none"', () => {
  const none =
    'NVRM: Xid (PCI:0000:3b:00): 154, GPU recovery action changed from 0x1 (GPU Reset) to 0x0 (None)';
  expect(codes(after(lost, 'NVRM: Xid (PCI:0000:3b:00): 119, Timeout', none))).toEqual([119]);
});

test('the UUID that the driver names is remembered', () => {
  const { uuids } = after('NVRM: GPU at PCI:0000:3b:00: GPU-0b11d014-1685-04bd-26ed-5fc0bc1c44ae');
  expect(uuids).toEqual(new Map([[slot, 'GPU-0b11d014-1685-04bd-26ed-5fc0bc1c44ae']]));
});

test.each([
  ['a program', line(lost, 12)],
  ['a process that calls itself so', line(`NVRM: Xid (PCI[811]: segfault at 0 ${lost}`)],
  ['something else', line(`usb 1-1: ${lost}`)],
  ['nobody', ''],
])('a line that %s wrote is not the driver’s', (_who, text) => {
  expect(withKernelLine(noKernelEvents, text)).toEqual(noKernelEvents);
});
