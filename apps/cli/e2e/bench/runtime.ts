import {
  createAdapters,
  readEnvironment,
  resolveCaller,
  type Adapters,
  type Environment,
} from '@ds01/composition';
import type { Caller } from '@ds01/control-plane';

/** The adapters of a program that runs as root, and whom it acts for. */
export interface BenchRuntime extends Adapters {
  readonly environment: Environment;
  caller(door: Caller['interface']): Promise<Caller>;
}

/** The composition that all programs have; the environment says where. */
export function openRuntime(env: NodeJS.ProcessEnv): BenchRuntime {
  const environment = readEnvironment(env, { uid: 0, gid: 0 });
  const silent = () => undefined;
  const logger = { debug: silent, warn: silent, error: silent };
  const adapters = createAdapters(environment, { dryRun: false, logger });
  const { accounts } = adapters;
  return {
    ...adapters,
    environment,
    caller: async (door) => ({
      owner: await resolveCaller({ environment, accounts, actFor: null, say: silent }),
      interface: door,
      role: 'admin',
    }),
  };
}
