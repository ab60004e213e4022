import { containerIdSchema } from '@ds01/contracts';
import { expect, test } from 'vitest';
import { createContainerPorts } from './container-ports.ts';

const containerId = containerIdSchema.parse('a'.repeat(64));

/** Sockets that nobody may get. */
const ports = createContainerPorts(async () => ({
  isOwn: () => false,
  create: () => {
    throw new Error('another network was entered');
  },
}));

test.each([
  ['another process’s', process.pid],
  ['nobody’s', 2 ** 22 + 1],
])('a network is entered only by the container’s own process id, not %s', async (_, pid) => {
  await expect(ports.connect({ containerId, pid, port: 80 })).rejects.toMatchObject({
    code: 'container.not-running',
  });
});
