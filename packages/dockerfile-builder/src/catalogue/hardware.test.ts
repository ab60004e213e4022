import { describe, expect, test } from 'vitest';
import { cudaDrivers, cudaOfDriver, fullDriverFor, oldestDriverFor } from './cuda.ts';
import { architectureOfCapability, architectureOfGpu } from './gpu-architecture.ts';
import { compareVersions } from './version.ts';

describe('drivers', () => {
  test.each([
    ['535.183.01', '12.2'],
    ['570.124.06', '12.8'],
    ['550.54.14', '12.4'],
    ['550.54.13', '12.3'],
    ['450.36.06', '11.0'],
    ['999.10', '13.1'],
    ['367.48', null],
    ['unknown', null],
    ['', null],
  ])('%s supports CUDA %s in full', (driver, cuda) => {
    expect(cudaOfDriver(driver)).toBe(cuda);
  });

  test('of a whole generation are enough from CUDA 11 on', () => {
    expect(oldestDriverFor('11.8.0')).toBe('450.80.02');
    expect(oldestDriverFor('11.0.3')).toBe('450.36.06');
    expect(oldestDriverFor('12.8')).toBe('525.60.13');
    expect(oldestDriverFor('13.0')).toBe('580.65.06');
    expect(oldestDriverFor('10.1')).toBe('418.39');
    expect(oldestDriverFor('99.0')).toBeNull();
    expect(fullDriverFor('12.6.3')).toBe('560.28.03');
  });

  test('grow with CUDA', () => {
    const drivers = cudaDrivers.map((row) => row.fullDriver);
    expect(drivers.toSorted((a, b) => compareVersions(b, a))).toEqual(drivers);
  });
});

describe('GPUs', () => {
  test.each([
    ['NVIDIA A100-SXM4-40GB', 'ampere'],
    ['NVIDIA A100 80GB PCIe', 'ampere'],
    ['NVIDIA GeForce RTX 3090', 'ampere'],
    ['NVIDIA RTX A6000', 'ampere'],
    ['NVIDIA RTX 6000 Ada Generation', 'ada'],
    ['NVIDIA L40S', 'ada'],
    ['NVIDIA L4', 'ada'],
    ['NVIDIA GeForce RTX 4090', 'ada'],
    ['NVIDIA H100 80GB HBM3', 'hopper'],
    ['NVIDIA H200', 'hopper'],
    ['NVIDIA GH200 480GB', 'hopper'],
    ['NVIDIA B200', 'blackwell'],
    ['NVIDIA GB200', 'blackwell'],
    ['NVIDIA GeForce RTX 5090', 'blackwell'],
    ['NVIDIA RTX PRO 6000 Blackwell Server Edition', 'blackwell'],
    ['Tesla V100-SXM2-32GB', 'volta'],
    ['Tesla T4', 'turing'],
    ['Quadro RTX 6000', 'turing'],
    ['NVIDIA GeForce RTX 2080 Ti', 'turing'],
    ['Tesla P100-PCIE-16GB', 'pascal'],
    ['NVIDIA GeForce GTX 1080 Ti', 'pascal'],
    ['Tesla M60', 'maxwell'],
    ['Tesla K80', 'kepler'],
    ['Something else', null],
  ])('%s is %s', (model, architecture) => {
    expect(architectureOfGpu(model)).toBe(architecture);
  });

  test.each([
    ['8.0', 'ampere'],
    ['8.6', 'ampere'],
    ['8.9', 'ada'],
    ['9.0', 'hopper'],
    ['10.0', 'blackwell'],
    ['12.0', 'blackwell'],
    ['7.5', 'turing'],
    ['2.0', null],
    ['x', null],
  ])('of compute capability %s are %s', (capability, architecture) => {
    expect(architectureOfCapability(capability)).toBe(architecture);
  });
});
