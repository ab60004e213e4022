import { createRuntime } from '../../src/compose.ts';
import { readEnvironment } from '../../src/environment.ts';
import type { Runtime } from '../../src/runtime.ts';

/** The app's own composition for root, as a command has it; the environment says where. */
export function openRuntime(env: NodeJS.ProcessEnv): Runtime {
  return createRuntime(readEnvironment(env, { uid: 0, gid: 0 }), {
    actFor: null,
    dryRun: false,
    logger: { debug: () => undefined, warn: () => undefined, error: () => undefined },
    say: () => undefined,
  });
}
