import { describe, expect, test } from 'vitest';
import { catalogue } from './catalogue.ts';
import type { CatalogueEntry } from './entry.ts';
import { judgeBase } from './judge.ts';

function entry(image: string): CatalogueEntry {
  const found = catalogue.find((candidate) => candidate.image === image);
  if (found === undefined) throw new Error(`no ${image}`);
  return found;
}

const torch12 = entry('pytorch/pytorch:2.8.0-cuda12.8-cudnn9-runtime');
const torch13 = entry('pytorch/pytorch:2.9.1-cuda13.0-cudnn9-runtime');

describe('whether a base runs', () => {
  test('depends on the driver', () => {
    expect(judgeBase(torch12, { driverVersion: '470.57.02' })).toEqual({
      runs: false,
      reason:
        'CUDA 12.8 needs driver 525.60.13 or newer; this server has 470.57.02, which runs CUDA 11.4',
      note: null,
    });
    expect(judgeBase(torch12, { driverVersion: '570.124.06' })).toEqual({
      runs: true,
      reason: null,
      note: null,
    });
  });

  test('with an older driver of the same generation it does, but for what is compiled at run time', () => {
    expect(judgeBase(torch12, { driverVersion: '535.183.01' })).toMatchObject({
      runs: true,
      note: expect.stringContaining('PTX'),
    });
  });

  test('depends on the GPU: too new for its CUDA, or dropped by it', () => {
    const old = entry('aimehub/pytorch-2.7.1-cuda11.8.0');
    expect(
      judgeBase(old, { driverVersion: '590.44.01', architectures: ['blackwell'] }),
    ).toMatchObject({
      runs: false,
      reason: 'CUDA 11.8.0 is older than blackwell GPUs, which need 12.8 or newer',
    });
    expect(
      judgeBase(torch13, { driverVersion: '590.44.01', architectures: ['volta'] }),
    ).toMatchObject({
      runs: false,
      reason: 'CUDA 13.0 no longer knows volta GPUs',
    });
    expect(
      judgeBase(torch13, { driverVersion: '590.44.01', architectures: ['volta', 'ada'] }),
    ).toMatchObject({
      runs: true,
      note: expect.stringContaining('not on every GPU'),
    });
  });

  test('is unknown for one that is made for newer GPUs, or of unknown CUDA', () => {
    const blackwell = entry('aimehub/pytorch-2.9.1-cuda12.8.1');
    const host = { driverVersion: '590.44.01', architectures: ['ampere' as const] };
    expect(judgeBase(blackwell, host)).toMatchObject({
      runs: null,
      reason: expect.stringContaining('made for'),
    });
    expect(judgeBase(entry('aimehub/pytorch-1.8.0-cuda'), host)).toMatchObject({ runs: null });
  });

  test('without a driver: those without CUDA do, the others without a GPU', () => {
    expect(judgeBase(entry('python:3.12-slim-bookworm'), { driverVersion: null }).runs).toBe(true);
    expect(judgeBase(torch12, { driverVersion: null })).toMatchObject({
      runs: null,
      reason: 'this server has no NVIDIA driver: it runs, but without a GPU',
    });
  });

  test('of an image for AMD GPUs is no beside NVIDIA’s', () => {
    const rocm = entry('aimehub/pytorch-2.6.0-rocm6.2');
    expect(judgeBase(rocm, { driverVersion: '570.124.06' }).runs).toBe(false);
    expect(judgeBase(rocm, { driverVersion: null }).runs).toBeNull();
  });
});
