import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { ds01Error } from '@ds01/contracts/core';
import type { WantedForward } from './ports.ts';

/** A port of this machine that leads into a container. */
export interface ListeningForward {
  readonly port: number;
  readonly localPort: number;
  close(): void;
}

/** How many connections one port may have at a time. */
const maxConnections = 512;

/**
 * Listens on 127.0.0.1. Fails with `port.taken`, and with `port.refused` for a port that only root may
 * use.
 */
export async function listenFor(
  { port, localPort }: WantedForward,
  onConnection: (socket: Socket) => void,
): Promise<ListeningForward> {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, onConnection);
  server.maxConnections = maxConnections;
  await listening(server, { port, localPort });
  const { port: chosen } = server.address() as AddressInfo;
  return { port, localPort: chosen, close: () => server.close() };
}

function listening(server: Server, { port, localPort }: WantedForward): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(refusalOf(error, { port, localPort })));
    server.listen({ host: '127.0.0.1', port: localPort, exclusive: true }, () => resolve());
  });
}

function refusalOf(error: Error, { port, localPort }: WantedForward): Error {
  const code: unknown = Reflect.get(error, 'code');
  const hint = `give 0:${port} for any free port of this machine`;
  const details = { port, localPort };
  if (code === 'EADDRINUSE') {
    const message = `Port ${localPort} of this machine is in use.`;
    return ds01Error('port.taken', { message, hint, details });
  }
  if (code === 'EACCES') {
    const message = `Ports below 1024 of this machine are root’s: ${localPort} is one.`;
    return ds01Error('port.refused', { message, hint, details });
  }
  return error;
}
