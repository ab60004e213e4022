import { ds01Error } from '@ds01/contracts/core';
import { createOperations, type Person } from '@ds01/control-plane';
import type { Api } from '@ds01/ports';
import { createAdapters, type Adapters, type AdaptersOptions } from './adapters.ts';
import type { Environment } from './environment.ts';
import { gateState } from './gate-state.ts';
import { resolveCaller } from './resolve-caller.ts';
import { isDaemonsFolder, ownerOf } from './state-folder.ts';

/** What embedded mode is made from besides the environment. */
export interface EmbeddedOptions extends Omit<AdaptersOptions, 'permit'> {
  /** Version of the program. */
  readonly version: string;
  /** The value of `--user`. */
  readonly actFor: string | null;
  readonly say: (line: string) => void;
}

/** The operations in this process. */
export interface EmbeddedApi extends Api {
  close(): void;
}

/**
 * The operations without a daemon: one trust domain, root or the only user of an engine. Anybody else
 * is refused with `daemon.unreachable`.
 */
export function createEmbeddedApi(environment: Environment, options: EmbeddedOptions): EmbeddedApi {
  const adapters = createAdapters(environment, {
    ...options,
    permit: () => {
      refuseStrangers(environment);
      if (!options.dryRun) refuseBesideDaemon(environment);
    },
  });
  const operations = createOperations({
    ...adapters,
    gate: () => gateState(environment.engineDirectory),
    version: () => ({ version: options.version, node: process.version, mode: 'embedded' }),
    ready: async () => ({ ready: true, reason: null }),
    cancel: () => false,
    keeper: null,
    lifecycle: null,
    queue: null,
    work: null,
    metrics: null,
  });
  let person: Promise<Person> | undefined;
  const whoAmI = (): Promise<Person> => {
    person ??= personOf(environment, adapters, options);
    return person;
  };
  const { dryRun } = options;
  return {
    call: async (id, input, given = {}) =>
      operations.call(id, await whoAmI(), input, { dryRun, ...given }),
    session: async (id, input, given = {}) =>
      operations.session(id, await whoAmI(), input, { dryRun, ...given }),
    stream: async (id, input, given = {}) =>
      operations.stream(id, await whoAmI(), input, { dryRun, ...given }),
    close: () => adapters.close(),
  };
}

/** One trust domain: whoever may open the ledger may see all of it, nobody else gets that far. */
async function personOf(
  environment: Environment,
  adapters: Adapters,
  options: EmbeddedOptions,
): Promise<Person> {
  const { accounts } = adapters;
  const owner = await resolveCaller({ environment, accounts, ...options });
  if (owner.uid === environment.uid) return { owner, role: 'admin' };
  const actor = (await accounts.byUid(environment.uid))?.name;
  return { owner, role: 'admin', actor };
}

function refuseStrangers(environment: Environment): void {
  const { stateDirectory, uid } = environment;
  if (uid !== 0 && ownerOf(stateDirectory) !== uid) {
    throw ds01Error('daemon.unreachable', {
      message: `No DS01 daemon runs here, and ${stateDirectory} belongs to somebody else.`,
      hint: 'ask an administrator to start ds01d',
    });
  }
}

/** A daemon that begins or ends has no socket, and is the one writer all the same. */
function refuseBesideDaemon({ stateDirectory }: Environment): void {
  if (!isDaemonsFolder(stateDirectory)) return;
  throw ds01Error('daemon.unreachable', {
    message: `A DS01 daemon has ${stateDirectory}, but it is just starting or ending.`,
    hint: 'run the same command again in a moment',
  });
}
