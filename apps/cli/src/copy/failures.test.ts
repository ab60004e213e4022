import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { OpenCopySession } from './session.ts';
import { codeOf, makeTree, sending, useSides } from './testing/sides.ts';

const sides = useSides();

describe('an image without tar', () => {
  test.each([126, 127])('is told by exit code %d', async (code) => {
    writeFileSync(join(sides.here, 'file'), '');
    const noise = Buffer.from('OCI runtime exec failed: exec: "tar": executable file not found');
    const open = sending(noise, { code });
    expect(await codeOf(sides.copy('thesis:/x', 'got', { open }))).toBe('copy.no-tar');
    expect(await codeOf(sides.copy('file', 'thesis:/x', { open }))).toBe('copy.no-tar');
    expect(existsSync(join(sides.here, 'got'))).toBe(false);
  });
});

test('an archive that ends in the middle, and a lost connection, are failures', async () => {
  makeTree(sides.inside);
  const { archive } = await sides.copy('thesis:/tree', '-');
  const cut = sending(archive.subarray(0, 1200));
  expect(await codeOf(sides.copy('thesis:/tree', 'cut', { open: cut }))).toBe('copy.failed');
  const lost = sending(archive, { code: null });
  expect(await codeOf(sides.copy('thesis:/tree', 'lost', { open: lost }))).toBe('copy.failed');
});

test('what tar says is shown without control characters', async () => {
  const open = sending(Buffer.alloc(0), { code: 2, said: 'tar: \u001B[31mno\u0007\nsuch file' });
  await expect(sides.copy('thesis:/x', 'got', { open })).rejects.toThrow(
    'thesis:/x: tar: [31mno such file',
  );
});

test('an interrupt ends the copy', async () => {
  const controller = new AbortController();
  const stdout = new PassThrough();
  let closed = 0;
  const open: OpenCopySession = async () => {
    queueMicrotask(() => controller.abort());
    return Promise.resolve({
      stdin: null,
      stdout,
      stderr: Readable.from([]),
      exited: new Promise((resolve) => stdout.once('close', () => resolve(null))),
      close: () => {
        closed += 1;
        stdout.destroy();
      },
    });
  };
  const copying = sides.copy('thesis:/x', 'got', { open, signal: controller.signal });
  expect(await codeOf(copying)).toBe('operation.interrupted');
  expect(closed).toBeGreaterThan(0);
});
