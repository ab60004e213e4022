import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { checkGpus } from './gpus-option.ts';

function topologyFile(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'ds01-gpus-option-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'topology.json'), text);
  return join(folder, 'topology.json');
}

test('presets and topology files that hold are taken', () => {
  checkGpus('l40sx2');
  checkGpus(topologyFile('{"devices":[{"index":0,"model":"NVIDIA A30"}]}'));
});

test('what is neither is refused with the reason and the presets', () => {
  const refused = (message: string): unknown =>
    expect.objectContaining({
      exitCode: 2,
      message: expect.stringContaining(message),
      hint: expect.stringContaining('a100x4-mig, h100x8'),
    });
  expect(() => checkGpus('/nowhere/a100')).toThrow(refused('no such file'));
  expect(() => checkGpus(topologyFile('{'))).toThrow(refused('not JSON'));
  expect(() => checkGpus(topologyFile('{"gpus":[]}'))).toThrow(refused('gpus'));
});
