import { afterEach } from 'vitest';
import { startSessionServer, type SessionServer } from './session-server.ts';

/** Starts doors to sessions that end with the test; called once in a file. */
export function useSessionServers() {
  const servers: SessionServer[] = [];
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.close();
  });
  return async (given: Parameters<typeof startSessionServer>[0] = {}): Promise<SessionServer> => {
    const server = await startSessionServer(given);
    servers.push(server);
    return server;
  };
}
