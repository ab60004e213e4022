import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from '@ds01/client';
import type { Api } from '@ds01/ports';
import type { EmbeddedOptions } from './embedded.ts';
import type { Environment } from './environment.ts';

/** The operations as a program uses them, and where they run. */
export interface OpenedApi {
  readonly api: Api;
  readonly mode: 'embedded' | 'daemon';
  close(): void;
}

/**
 * The daemon's operations where its socket is, else those of this process. A socket that nobody
 * answers at is an error of each call (`daemon.unreachable`), never a reason to open the ledger here.
 */
export async function openApi(
  environment: Environment,
  options: EmbeddedOptions,
): Promise<OpenedApi> {
  const socketPath = environment.serverSocket ?? join(environment.runDirectory, 'ds01.sock');
  if (environment.serverSocket !== null || existsSync(socketPath)) {
    const { version, dryRun, logger, say } = options;
    const actFor = options.actFor ?? callerOfSudo(environment, say);
    const onVersion = (other: string) => say(`the daemon is of DS01 ${other}, this is ${version}`);
    const trustsOwnVersion = true;
    const api = createClient({
      socketPath,
      version,
      actFor,
      dryRun,
      logger,
      onVersion,
      trustsOwnVersion,
    });
    return { api, mode: 'daemon', close: () => api.close() };
  }
  return openDirectly(environment, options);
}

/**
 * The operations of this process, whether or not a daemon runs: for what has to work while a daemon
 * doesn't answer, and then with `dryRun`, so that nothing is written beside the daemon.
 */
export async function openDirectly(
  environment: Environment,
  options: EmbeddedOptions,
): Promise<OpenedApi> {
  const { createEmbeddedApi } = await import('./embedded.ts');
  const api = createEmbeddedApi(environment, options);
  return { api, mode: 'embedded', close: () => api.close() };
}

/** Whoever calls sudo means themselves, as in embedded mode. */
function callerOfSudo(environment: Environment, say: (line: string) => void): string | null {
  const { uid, sudoUser } = environment;
  if (uid !== 0 || sudoUser === null || sudoUser === 'root') return null;
  say(`acting for ${sudoUser}, who called sudo`);
  return sudoUser;
}
