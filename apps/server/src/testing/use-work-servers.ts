import { afterEach } from 'vitest';
import { startWorkServer, type Behaviour, type WorkServer } from './work-server.ts';

/** Starts servers of long work that end with the test; called once in a file. */
export function useWorkServers() {
  const servers: WorkServer[] = [];
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.close();
  });
  return async (
    behaviour: Behaviour,
    given: Parameters<typeof startWorkServer>[1] = {},
  ): Promise<WorkServer> => {
    const server = await startWorkServer(behaviour, given);
    servers.push(server);
    return server;
  };
}
