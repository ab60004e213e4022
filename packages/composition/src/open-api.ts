import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createClient, type AddressTarget, type ClientTarget } from '@ds01/client';
import { formatDuration } from '@ds01/contracts/core';
import type { Api } from '@ds01/ports';
import type { EmbeddedOptions } from './embedded.ts';
import type { Environment } from './environment.ts';

/** The operations as a program uses them, and where they run. */
export interface OpenedApi {
  readonly api: Api;
  readonly mode: 'embedded' | 'daemon';
  /** True where the daemon is reached at an address: its files are not this machine's. */
  readonly remote?: boolean;
  /** True where this machine's own server counts, and not one that somebody logged in to. */
  readonly isHere?: boolean;
  close(): void;
}

/**
 * The operations of the daemon that `DS01_SERVER` names; else of the one whose socket is here; else, for
 * anybody but root, of the server that they logged in to; else those of this process. A socket that
 * nobody answers at is an error of each call (`daemon.unreachable`), never a reason to open the ledger
 * here.
 */
export async function openApi(
  environment: Environment,
  options: EmbeddedOptions,
): Promise<OpenedApi> {
  const { serverUrl, serverSocket, runDirectory } = environment;
  if (serverUrl !== null) {
    const { namedServer } = await import('./remote.ts');
    return openAt(namedServer(environment, serverUrl), options);
  }
  const socketPath = serverSocket ?? join(runDirectory, 'ds01.sock');
  if (serverSocket !== null || existsSync(socketPath)) {
    const actFor = options.actFor ?? callerOfSudo(environment, options.say);
    return { ...openAt({ socketPath }, { ...options, actFor }), isHere: true };
  }
  const isHere = hasOwnServer(environment);
  const kept = isHere ? null : await keptFor(environment);
  if (kept !== null) return openAt(kept, options);
  return { ...(await openDirectly(environment, options)), isHere };
}

function openAt(target: ClientTarget, options: EmbeddedOptions): OpenedApi {
  const { version, dryRun, logger, say, actFor } = options;
  const onVersion = (other: string) => say(`the daemon is of DS01 ${other}, this is ${version}`);
  const trustsOwnVersion = true;
  const onTokenExpiry = (at: Date) => {
    const leftMs = at.getTime() - Date.now();
    if (leftMs < mentionedMs) say(expiryText(leftMs));
  };
  const common = { version, actFor, dryRun, logger, onVersion, onTokenExpiry, trustsOwnVersion };
  const api = createClient({ ...target, ...common });
  const remote = target.url !== undefined;
  return { api, mode: 'daemon', remote, close: () => api.close() };
}

/** Each command says it from then on; earlier `ds01 token list` does, and a message came. */
const mentionedMs = 3 * 86_400_000;

function expiryText(leftMs: number): string {
  return `your token ends in ${formatDuration(leftMs)}; on the server: ds01 token rotate NAME, then log in again`;
}

/** Root works on this machine, with or without a daemon: only a name in `DS01_SERVER` says otherwise. */
function hasOwnServer({ uid, stateDirectory }: Environment): boolean {
  return uid === 0 || existsSync(stateDirectory);
}

async function keptFor(environment: Environment): Promise<AddressTarget | null> {
  const { credentialsFile } = environment;
  if (credentialsFile === null || !existsSync(credentialsFile)) return null;
  const { keptServer } = await import('./remote.ts');
  return keptServer(environment);
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
