import { appendFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createKernelLog, type KernelLog } from './kernel-log.ts';

const xid = (bus: string, code: number): string =>
  `4,812,5140900,-;NVRM: Xid (PCI:0000:${bus}:00): ${code}, pid=1\n SUBSYSTEM=pci\n DEVICE=+pci:x\n`;

async function logOf(text: string): Promise<{ readonly path: string; readonly log: KernelLog }> {
  const directory = await mkdtemp(join(tmpdir(), 'ds01-kmsg-'));
  const path = join(directory, 'kmsg');
  await writeFile(path, text);
  const log = createKernelLog(path);
  onTestFinished(async () => {
    log.close();
    await rm(directory, { recursive: true, force: true });
  });
  return { path, log };
}

const faultsOf = (log: KernelLog): unknown =>
  [...(log.read()?.faults ?? [])].flatMap(([, faults]) => faults.map(({ code }) => code));

test('what was logged before the first reading counts, and what comes later too', async () => {
  const { path, log } = await logOf(xid('3b', 79));
  expect(faultsOf(log)).toEqual([79]);
  await appendFile(path, xid('5e', 48));
  expect(faultsOf(log)).toEqual([79, 48]);
  expect(faultsOf(log)).toEqual([79, 48]);
});

test('half a line waits for its other half', async () => {
  const line = xid('3b', 79);
  const { path, log } = await logOf(line.slice(0, 48));
  expect(faultsOf(log)).toEqual([]);
  await appendFile(path, line.slice(48));
  expect(faultsOf(log)).toEqual([79]);
});

test('a log that was replaced or cut is read anew', async () => {
  const { path, log } = await logOf(xid('3b', 79));
  expect(faultsOf(log)).toEqual([79]);
  await writeFile(`${path}.new`, xid('5e', 64));
  await rename(`${path}.new`, path);
  expect(faultsOf(log)).toEqual([64]);
  await writeFile(path, '');
  expect(faultsOf(log)).toEqual([]);
});

test('of a long log the end counts', async () => {
  const filler = '6,1,1,-;usb 1-1: new high-speed USB device\n'.repeat(200_000);
  const { log } = await logOf(`${xid('3b', 79)}${filler}${xid('5e', 48)}`);
  expect(faultsOf(log)).toEqual([48]);
});

test('a log that can’t be read is unknown, and known once it can be', async () => {
  const { path, log } = await logOf('');
  await rm(path);
  expect(log.read()).toBeNull();
  await writeFile(path, xid('3b', 79));
  expect(faultsOf(log)).toEqual([79]);
});

test('the kernel’s own log is read without waiting for its next line', () => {
  const log = createKernelLog('/dev/kmsg');
  onTestFinished(() => log.close());
  const first = log.read();
  expect(log.read()).toEqual(first);
});
