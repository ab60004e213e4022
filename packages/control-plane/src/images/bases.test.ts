import { ds01Error } from '@ds01/contracts';
import { expect, test } from 'vitest';
import { imageWorld } from '../testing/images.ts';

const path = '/etc/ds01/bases.csv';
const settings = `images: { catalogue: ${path} }\n`;

test('the catalogue says what this server’s driver runs, and what is here', async () => {
  const { call, world } = imageWorld({ images: [{ tags: ['python:3.12-slim'] }] });
  const all = await call('images.bases', {});
  expect(all.bases.length).toBeGreaterThan(117);
  expect(all.driverVersion).toBe((await world.probe.read()).driverVersion);
  const python = await call('images.bases', { framework: 'Python3' });
  expect(new Set(python.bases.map(({ framework }) => framework))).toEqual(new Set(['python']));
  expect(python.bases.every(({ runs }) => runs === true)).toBe(true);
  const here = all.bases.filter(({ present }) => present).map(({ image }) => image);
  expect(here.every((image) => /(?:^|\/)python:3\.12-slim$/.test(image))).toBe(true);
  expect((await call('images.bases', { framework: 'no-such-thing' })).bases).toEqual([]);
});

test('a site’s own catalogue comes first; one with mistakes counts for nothing and is logged', async () => {
  const row = 'Pytorch, 99.0.0, [CUDA_ADA], registry.example.org/ai/pytorch:99, cuda=12.6\n';
  const good = imageWorld({ settings, namedFiles: { [path]: row } });
  const { bases } = await good.call('images.bases', { framework: 'torch' });
  expect(bases[0]).toMatchObject({ version: '99.0.0', source: 'site' });
  for (const namedFiles of [{}, { [path]: 'nothing, of, sense\n' }]) {
    const bad = imageWorld({ settings, namedFiles });
    const listed = await bad.call('images.bases', {});
    expect(listed.bases.every(({ source }) => source === 'built-in')).toBe(true);
    expect(bad.world.logged.join()).toContain(path);
  }
});

test('GPUs that can’t be read are no reason to show nothing', async () => {
  const { call, world } = imageWorld();
  world.probe.fail(ds01Error('gpu.probe-failed', { message: 'The GPUs could not be read.' }));
  const { bases, driverVersion } = await call('images.bases', { framework: 'pytorch' });
  expect(driverVersion).toBeNull();
  expect(bases.length).toBeGreaterThan(0);
  expect(bases.some(({ runs }) => runs === true)).toBe(false);
});
