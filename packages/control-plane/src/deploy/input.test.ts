import { expect, test } from 'vitest';
import { deploy } from './deploy.ts';
import { requestFor } from '../testing/commands.ts';
import { alice } from '../testing/people.ts';
import { createWorld } from '../testing/world.ts';

test('in what a request differs is said as its flags are called', async () => {
  const world = createWorld();
  await deploy(world.deps(), alice, requestFor('thesis'));
  const input = requestFor('thesis', { memoryBytes: 2 ** 30, shmSizeBytes: 2 ** 20 });
  await expect(deploy(world.deps(), alice, input)).rejects.toMatchObject({
    details: { differences: ['memory: the limit -> 1 GiB', 'shm-size: the limit -> 1 MiB'] },
  });
  world.close();
});

test('a request that differs in variables is refused without showing their values', async () => {
  const world = createWorld();
  await deploy(world.deps(), alice, requestFor('thesis', { env: { TOKEN: 'old-secret', A: '1' } }));
  const env = { TOKEN: 'new-secret', A: '1' };
  const other = deploy(world.deps(), alice, requestFor('thesis', { env }));
  await expect(other).rejects.toMatchObject({
    code: 'container.different-request',
    details: { differences: ['env: TOKEN'] },
  });
  await expect(other).rejects.not.toThrow(/secret/);
  world.close();
});
