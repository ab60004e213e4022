import { expect, test } from 'vitest';
import { deploy } from './deploy.ts';
import { requestFor } from '../testing/commands.ts';
import { alice } from '../testing/people.ts';
import { createWorld } from '../testing/world.ts';

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
