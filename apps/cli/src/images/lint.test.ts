import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { createImageWorld, type ImageWorld } from './testing/image-world.ts';

const outputSchema = z.object({ findings: z.array(z.object({ rule: z.string() })) });

let world: ImageWorld;
let folder: string;
beforeEach(() => {
  world = createImageWorld();
  folder = join(world.workspaces, 'thesis');
  mkdirSync(folder, { recursive: true });
});
afterEach(() => world[Symbol.dispose]());

async function lint(text: string): Promise<readonly string[]> {
  writeFileSync(join(folder, 'Dockerfile'), text);
  const code = await world.run(['image', 'lint', 'thesis', '--json']);
  const { findings } = outputSchema.parse(JSON.parse(world.printed()));
  return [`exit ${code}`, ...findings.map(({ rule }) => rule)];
}

test('large files that are copied, and a missing .dockerignore, are findings', async () => {
  writeFileSync(join(folder, 'data.bin'), '');
  truncateSync(join(folder, 'data.bin'), 200_000_000);
  const found = await lint('FROM debian:12.5\nCOPY . /app\nUSER 1000:1000\n');
  expect(found).toEqual(['exit 0', 'no-dockerignore', 'large-context']);
});

test('what it copies may be missing', async () => {
  const found = await lint('FROM debian:12.5\nCOPY x /app\nUSER 1000:1000\n');
  expect(found).toEqual(['exit 0']);
  expect(world.said()).toContain('copies x');
});

test('mistakes that nothing can be built with are exit 4', async () => {
  expect((await lint('FROM debian:12.5\nRUM true\nUSER 1000:1000\n'))[0]).toBe('exit 4');
});
