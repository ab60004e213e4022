import { createSetupError } from '@ds01/setup';
import { type AccountInput, accountsNamespace } from './accounts.ts';
import { enterNamespaces } from './engine-namespaces.ts';
import { hostEnvironment } from './host-environment.ts';
import { hostPaths } from './host-paths.ts';
import type { HostState } from './host-state.ts';
import { isAlive } from './processes.ts';

const systemPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** A command as `spawn` takes it. */
export interface HostCommand {
  readonly file: string;
  readonly arguments: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
}

/**
 * How to run a command on a host: in the engine's network (its containers' addresses and published
 * ports, the engine's way out), with the variables that point at it, its firewall's programs, and on demand with accounts of
 * its own, see `accountsNamespace`. `stop` ends what was started so.
 *
 * @throws a setup error (exit code 4) if the host's namespaces are gone
 */
export function commandInHost(
  state: HostState,
  command: readonly string[],
  options: { environment: NodeJS.ProcessEnv; accounts?: readonly AccountInput[] },
): HostCommand {
  if (!isAlive(state.holder)) {
    throw createSetupError(`docker host '${state.name}' isn't running any more`, {
      exitCode: 4,
      hint: `pnpm docker-host start --gpus ${state.options.gpus} --name ${state.name}`,
    });
  }
  const prefix = options.accounts === undefined ? [] : accountsNamespace(state, options.accounts);
  const words = [...enterNamespaces(state.holder, ['net']), ...prefix, ...command];
  return {
    file: words[0] ?? 'nsenter',
    arguments: words.slice(1),
    environment: {
      ...options.environment,
      ...hostEnvironment(state, options.environment),
      PATH: `${hostPaths(state.root).binDirectory}:${options.environment['PATH'] ?? systemPath}`,
      DS01_HOST_ID: state.id,
    },
  };
}
