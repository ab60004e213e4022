import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { ServerLog } from '../../log.ts';

/** Descriptors 3 and up are connections; the process ends with the last of them. */
const script = `
process.title = 'ds01d-sessions';
const { Socket } = require('node:net');
for (let fd = 3; fd < 3 + Number(process.argv[1]); fd += 1) {
  const socket = new Socket({ fd, readable: true, writable: false });
  socket.on('error', () => {});
  socket.resume();
}
`;

/**
 * Starts a process that reads connections to their end and drops what comes, so that processes at
 * terminals outlive a daemon that ends: Docker hangs up on one that prints when nobody reads. Resolves
 * once it has them; a process that can't be started is logged, and those processes are hung up on.
 */
export async function leaveConnections(
  descriptors: readonly number[],
  log: ServerLog,
): Promise<void> {
  if (descriptors.length === 0) return;
  const child = spawn(process.execPath, ['-e', script, String(descriptors.length)], {
    cwd: '/',
    detached: true,
    env: {},
    stdio: ['ignore', 'ignore', 'ignore', ...descriptors],
  });
  try {
    await once(child, 'spawn');
    child.unref();
  } catch (error) {
    log.warn('nobody reads on for the sessions', { error: String(error) });
  }
}
