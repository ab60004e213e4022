import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aimeRows } from './aime-rows.ts';
import { catalogue, mergeCatalogues } from './catalogue.ts';
import { normaliseFramework } from './entry.ts';
import { officialRows } from './official-rows.ts';
import { parseCatalogue } from './parse.ts';
import { compareVersions, matchesVersion } from './version.ts';

describe('the catalogue', () => {
  test('has every row that is shipped', () => {
    const rows = `${aimeRows}${officialRows}`.split('\n').filter((line) => line !== '');
    expect(parseCatalogue(rows.join('\n'))).toMatchObject({ ok: true });
    expect(catalogue).toHaveLength(rows.length);
    expect(aimeRows.trim().split('\n')).toHaveLength(117);
  });

  test('has no row twice', () => {
    const keys = catalogue.map(({ framework, version, architectures, image }) =>
      [framework, version, architectures.join(';'), image].join(' '),
    );
    expect(new Set(keys).size).toBe(keys.length);
  });

  test('knows CUDA by the tag, or as it is stated', () => {
    const cudaOf = (image: string) => catalogue.find((entry) => entry.image === image)?.cuda;
    expect(cudaOf('aimehub/pytorch-2.8.0-cuda12.6.3')).toBe('12.6.3');
    expect(cudaOf('aimehub/tensorflow-2.4.1-cuda110-aime')).toBe('11.0');
    expect(cudaOf('aimehub/mxnet-1.8.0-nvidia-20.12')).toBe('11.1');
    expect(cudaOf('aimehub/pytorch-1.8.0-cuda')).toBeNull();
    expect(cudaOf('tensorflow/tensorflow:2.14.0-gpu')).toBe('11.8');
    expect(cudaOf('nvidia/cuda:12.8.1-cudnn-devel-ubuntu24.04')).toBe('12.8.1');
    expect(cudaOf('python:3.12-slim-bookworm')).toBeNull();
  });

  test('knows what each image computes on', () => {
    const kinds = (framework: string) =>
      new Set(
        catalogue
          .filter((entry) => entry.framework === framework)
          .map((entry) => entry.accelerator),
      );
    expect(kinds('pytorch')).toEqual(new Set(['cuda', 'rocm']));
    expect(kinds('rapids')).toEqual(new Set(['cuda']));
    expect(kinds('python')).toEqual(new Set(['none']));
    expect(kinds('pytorch-cpu')).toEqual(new Set(['none']));
    expect(kinds('tensorflow-cpu')).toEqual(new Set(['none']));
  });

  test.each([
    'pytorch',
    'tensorflow',
    'jax',
    'rapids',
    'cuda',
    'r',
    'julia',
    'python',
    'mxnet',
    'rocm',
  ])('has %s', (framework) => {
    expect(catalogue.some((entry) => entry.framework === framework)).toBe(true);
  });
});

const published = new URL('../../../../../shared/data/aime-ml-images.csv', import.meta.url);
test.skipIf(!existsSync(published))('the rows of AIME say what AIME publishes', () => {
  const shipped = aimeRows
    .trim()
    .split('\n')
    .map((row) => row.split(',').slice(0, 4).join(','));
  expect(shipped).toEqual(
    readFileSync(published, 'utf8')
      .trim()
      .split('\n')
      .map((row) => row.trim()),
  );
});

describe('a site’s catalogue', () => {
  test('may have comments, empty lines, Windows line ends and more columns', () => {
    const text =
      '\uFEFF# ours\r\n\r\nTorch, 2.8.0, [CUDA_ADA;CUDA_AMPERE], registry.example.org:5000/ai/torch:2.8, cuda=12.6, python=3.12\r\n' +
      'Python, 3.12, [], python:3.12@sha256:' +
      `${'a'.repeat(64)}, package=uv==0.9\n`;
    expect(parseCatalogue(text)).toEqual({
      ok: true,
      entries: [
        {
          framework: 'pytorch',
          version: '2.8.0',
          architectures: ['ada', 'ampere'],
          image: 'registry.example.org:5000/ai/torch:2.8',
          accelerator: 'cuda',
          cuda: '12.6',
          python: '3.12',
          packages: [],
          source: 'site',
        },
        {
          framework: 'python',
          version: '3.12',
          architectures: [],
          image: `python:3.12@sha256:${'a'.repeat(64)}`,
          accelerator: 'none',
          cuda: null,
          python: null,
          packages: ['uv==0.9'],
          source: 'site',
        },
      ],
    });
  });

  test('that is empty has no rows', () => {
    expect(parseCatalogue('')).toEqual({ ok: true, entries: [] });
  });

  test('says of every row what is wrong, and where', () => {
    const text = [
      'Pytorch, 2.8.0',
      'Pytorch, , [CUDA_ADA], x',
      'Pytorch, 2.8.0, CUDA_ADA, x',
      'Pytorch, 2.8.0, [CUDA_ADDA], x',
      'Pytorch, 2.8.0, [CUDA_ADA], x y',
      'Pytorch, 2.8.0, [CUDA_ADA], x, cuda=new',
      'Pytorch, 2.8.0, [CUDA_ADA], x\u0000y',
      'Pytorch, 2.8.0, [CUDA_ADA], x, package=a b',
    ].join('\n');
    const result = parseCatalogue(text, { file: 'bases.csv' });
    expect(
      result.ok ? [] : result.problems.map(({ file, line, column }) => [file, line, column]),
    ).toEqual([
      ['bases.csv', 1, 1],
      ['bases.csv', 2, 10],
      ['bases.csv', 3, 17],
      ['bases.csv', 4, 17],
      ['bases.csv', 5, 29],
      ['bases.csv', 6, 32],
      ['bases.csv', 7, 29],
      ['bases.csv', 8, 32],
    ]);
  });

  test('stands before what DS01 has of the same version', () => {
    const site = parseCatalogue('Pytorch, 2.8.0, [], registry.example.org/torch:2.8');
    const merged = mergeCatalogues(catalogue, site.ok ? site.entries : []);
    const images = merged
      .filter(({ framework, version }) => framework === 'pytorch' && version === '2.8.0')
      .map(({ image }) => image);
    expect(images).toEqual(['registry.example.org/torch:2.8']);
    expect(merged.some(({ version }) => version === '2.8.0-aime')).toBe(true);
  });
});

test.each([
  ['Torch', 'pytorch'],
  ['TF', 'tensorflow'],
  ['pytorch_cpu', 'pytorch-cpu'],
  [' minimal ', 'python'],
  ['Other', 'other'],
])('%s is %s', (name, framework) => {
  expect(normaliseFramework(name)).toBe(framework);
});

describe('versions', () => {
  test('are compared as numbers', () => {
    const versions = [
      '2.10.0',
      '2.9.1',
      '2.9',
      '2.9.0-aime',
      '1.14.0a-nvidia',
      '1.13.1',
      '1.14.0',
      '24.10',
    ];
    expect(versions.toSorted(compareVersions)).toEqual([
      '1.13.1',
      '1.14.0a-nvidia',
      '1.14.0',
      '2.9.0-aime',
      '2.9',
      '2.9.1',
      '2.10.0',
      '24.10',
    ]);
  });

  test.each([
    ['2.8.0', '2.8', true],
    ['2.8.0-aime', '2.8.0', true],
    ['2.8.0-aime', '2.8.0-aime', true],
    ['2.8.0', '2.8.0-aime', false],
    ['2.80.0', '2.8', false],
    ['2.9', '2.9.0', true],
    ['1.14.0a-nvidia', '1.14', true],
    ['2.8.0', 'x', false],
  ])('%s is a %s: %s', (version, wanted, matches) => {
    expect(matchesVersion(version, wanted)).toBe(matches);
  });

  test('have one order', () => {
    const number = fc.integer({ min: 0, max: 12 });
    const version = fc
      .tuple(
        fc.array(number, { minLength: 1, maxLength: 3 }),
        fc.constantFrom('', 'a', 'rc', '-aime', '-devel'),
      )
      .map(([numbers, suffix]) => numbers.join('.') + suffix);
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        expect(Math.sign(compareVersions(a, b))).toBe(-Math.sign(compareVersions(b, a)) + 0);
        if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0) {
          expect(compareVersions(a, c)).toBeLessThanOrEqual(0);
        }
      }),
      { numRuns: 300, seed: 5 },
    );
  });
});
