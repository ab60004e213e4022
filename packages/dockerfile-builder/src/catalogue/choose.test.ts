import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { catalogue } from './catalogue.ts';
import { chooseAmongBases, chooseBase, type EntryChoice } from './choose.ts';
import { gpuArchitectures } from './gpu-architecture.ts';
import { judgeBase } from './judge.ts';
import { compareVersions } from './version.ts';

function imageOf(choice: EntryChoice): string {
  return choice.ok ? choice.entry.image : choice.message;
}

describe('choosing a base', () => {
  test('takes the newest version for GPU and driver, not the first row (38)', () => {
    const on = (driverVersion: string, architecture: (typeof gpuArchitectures)[number]) =>
      imageOf(chooseBase({ framework: 'Torch', driverVersion, architecture, catalogue }));
    expect(on('570.124.06', 'ada')).toBe('pytorch/pytorch:2.10.0-cuda12.8-cudnn9-runtime');
    expect(on('590.44.01', 'hopper')).toBe('pytorch/pytorch:2.10.0-cuda13.0-cudnn9-runtime');
    expect(on('590.44.01', 'volta')).toBe('pytorch/pytorch:2.10.0-cuda12.8-cudnn9-runtime');
    expect(on('535.183.01', 'ampere')).toBe('pytorch/pytorch:2.10.0-cuda12.6-cudnn9-runtime');
    expect(on('470.57.02', 'ampere')).toBe('aimehub/pytorch-2.7.1-cuda11.8.0');
  });

  test('takes exactly what was asked, and the newest of a part of it', () => {
    const of = (version: string) =>
      imageOf(
        chooseBase({
          framework: 'pytorch',
          version,
          driverVersion: '570.124.06',
          architecture: 'ada',
          catalogue,
        }),
      );
    expect(of('2.8.0-aime')).toBe('aimehub/pytorch-2.8.0-aime-cuda12.6.3');
    expect(of('2.8')).toMatch('2.8.0-cuda12.8');
    expect(of('2')).toMatch('2.10.0');
    expect(of('latest')).toMatch('2.10.0');
  });

  test('says where the CUDA version comes from that it names, and why this one', () => {
    const choice = chooseBase({
      framework: 'tf',
      version: '2.14',
      driverVersion: '535.183.01',
      catalogue,
    });
    expect(choice).toMatchObject({
      ok: true,
      explanation: expect.stringMatching(/^tensorflow 2\.14\.0 with CUDA 11\.8/),
    });
  });

  test('refuses what the driver can’t run, with the newest that it can', () => {
    const choice = chooseBase({
      framework: 'pytorch',
      version: '2.9.1',
      driverVersion: '470.57.02',
      architecture: 'ampere',
      catalogue,
    });
    expect(choice).toMatchObject({
      ok: false,
      reason: 'does-not-run',
      message: expect.stringContaining('needs driver 525.60.13'),
      newest: { version: '2.7.1' },
    });
  });

  test('refuses what isn’t there, with what is', () => {
    expect(chooseBase({ framework: 'pytorhc', catalogue })).toMatchObject({
      ok: false,
      reason: 'unknown-framework',
      known: expect.arrayContaining(['pytorch', 'python']),
    });
    expect(chooseBase({ framework: 'pytorch', version: '9.9', catalogue })).toMatchObject({
      ok: false,
      reason: 'unknown-version',
      newest: { version: '2.10.0' },
    });
    expect(chooseBase({ framework: 'pytorch-cpu', python: '2.7', catalogue })).toMatchObject({
      ok: false,
      reason: 'unknown-python',
    });
  });

  test('of plain Python is choosing a Python', () => {
    expect(imageOf(chooseBase({ framework: 'python', python: '3.11', catalogue }))).toBe(
      'python:3.11-slim-bookworm',
    );
    expect(imageOf(chooseBase({ framework: 'python', version: '3.12', catalogue }))).toBe(
      'python:3.12-slim-bookworm',
    );
    expect(chooseBase({ framework: 'python', python: '2.7', catalogue })).toMatchObject({
      reason: 'unknown-version',
    });
  });

  test('with a Python that the catalogue doesn’t know says so', () => {
    const choice = chooseBase({
      framework: 'pytorch',
      python: '3.12',
      driverVersion: '570.124.06',
      catalogue,
    });
    expect(choice).toMatchObject({
      ok: true,
      explanation: expect.stringContaining('whether its Python is 3.12'),
    });
    const rapids = chooseBase({
      framework: 'rapids',
      python: '3.12',
      driverVersion: '590.44.01',
      catalogue,
    });
    expect(imageOf(rapids)).toMatch('py3.12');
  });

  test('on a server without a driver takes images without CUDA as they are', () => {
    expect(chooseBase({ framework: 'pytorch-cpu', catalogue })).toMatchObject({
      ok: true,
      entry: {
        version: '2.9.1',
        cuda: null,
        packages: [
          expect.stringMatching(/^torch @ https:/),
          expect.stringMatching(/^torchvision @ https:/),
        ],
      },
    });
    expect(chooseBase({ framework: 'pytorch', catalogue })).toMatchObject({
      ok: true,
      explanation: expect.stringContaining('without a GPU'),
    });
  });

  test('says what doesn’t work with an older driver', () => {
    const choice = chooseBase({ framework: 'pytorch', driverVersion: '535.183.01', catalogue });
    expect(choice).toMatchObject({ ok: true, explanation: expect.stringContaining('PTX') });
  });

  test('prefers the site’s image of a version, then one that is there already', () => {
    const row = { framework: 'pytorch', version: '2.8.0', runs: true, reason: null };
    const builtIn = { ...row, source: 'built-in' as const };
    const there = { ...builtIn, cuda: '12.6', image: 'there', present: true };
    const newer = { ...builtIn, cuda: '12.8', image: 'newer', present: false };
    const site = { ...row, source: 'site' as const, cuda: '12.1', image: 'site' };
    const chosen = (bases: readonly (typeof there | typeof site)[], maxCuda: string | null) => {
      const choice = chooseAmongBases({ framework: 'pytorch', bases, maxCuda });
      return choice.ok ? choice.base.image : choice.message;
    };
    expect(chosen([newer, there, site], null)).toBe('site');
    expect(chosen([newer, there], null)).toBe('there');
    expect(chosen([{ ...there, cuda: '12.9' }, newer], '12.8')).toBe('newer');
  });

  test('never takes a base that doesn’t run, nor one that is older than another that does', () => {
    const drivers = fc.constantFrom(
      '470.57.02',
      '525.60.13',
      '535.183.01',
      '570.26',
      '590.44.01',
      '418.39',
    );
    fc.assert(
      fc.property(
        drivers,
        fc.constantFrom(...gpuArchitectures),
        fc.constantFrom('pytorch', 'tensorflow', 'jax', 'cuda', 'mxnet'),
        (driverVersion, architecture, framework) => {
          const host = { driverVersion, architectures: [architecture] };
          const choice = chooseBase({ framework, driverVersion, architecture, catalogue });
          const running = catalogue.filter(
            (candidate) =>
              candidate.framework === framework && judgeBase(candidate, host).runs === true,
          );
          expect(choice.ok ? choice.entry.runs : false).not.toBe(!choice.ok);
          const isNewest = running.every(
            ({ version }) =>
              /\d(?:a|b|rc)/.test(version) ||
              (choice.ok && compareVersions(choice.entry.version, version) >= 0),
          );
          expect(isNewest).toBe(true);
        },
      ),
      { numRuns: 100, seed: 6 },
    );
  });
});
