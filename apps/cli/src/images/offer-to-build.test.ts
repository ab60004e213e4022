import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RouteOutput } from '@ds01/contracts';
import { ds01Error } from '@ds01/contracts/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { container } from '../wizard/testing/scripted.ts';
import { createImageWorld, type ImageWorld } from './testing/image-world.ts';

let world: ImageWorld;
beforeEach(() => {
  world = createImageWorld();
});
afterEach(() => world[Symbol.dispose]());

const deployed: RouteOutput<'containers.deploy'> = {
  container: container('thesis'),
  lease: null,
  limits: {
    cpus: null,
    memoryBytes: null,
    memorySwapBytes: null,
    shmSizeBytes: null,
    pidsLimit: null,
    notices: [],
  },
  outcome: 'created',
  explanation: null,
};
const missing = () => ds01Error('image.not-found', { message: 'alice has no image "thesis".' });
const deploy = (...more: readonly string[]) =>
  world.run(['container', 'deploy', 'thesis', ...more], {
    answers: { 'containers.deploy': deployed },
    failures: { 'containers.deploy': [missing()] },
  });

function writeDockerfile(): void {
  mkdirSync(join(world.workspaces, 'thesis'), { recursive: true });
  writeFileSync(join(world.workspaces, 'thesis/Dockerfile'), 'FROM debian:12\n');
}

test('a script is told how to build the image, and nothing is made', async () => {
  writeDockerfile();
  await expect(deploy('--background')).rejects.toMatchObject({
    code: 'image.not-found',
    hint: 'ds01 container deploy thesis --build',
  });
  expect(world.builds).toEqual([]);
});

test.each(['--build', '--yes'])('%s builds the image, then deploys', async (flag) => {
  writeDockerfile();
  expect(await deploy('--background', '--network', 'none', flag)).toBe(0);
  expect(world.builds[0]?.input).toMatchObject({ name: 'thesis', hostNetwork: false });
  expect(world.printed()).toContain('thesis deployed');
});

test('without a Dockerfile there is nothing to build', async () => {
  await expect(deploy('--build')).rejects.toMatchObject({ message: missing().message });
  expect(existsSync(world.workspaces)).toBe(false);
});

test('an image that was named is not built', async () => {
  writeDockerfile();
  const named = deploy('--build', '--image', 'debian:12');
  await expect(named).rejects.toMatchObject({ message: missing().message });
  expect(world.builds).toEqual([]);
});
