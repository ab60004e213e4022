import { createHash } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { siteSettingsSchema, type SiteSettings } from '@ds01/contracts';
import {
  engineInfo,
  loadCurrentPolicy,
  type ControlPlaneDependencies,
  type StatelessDependencies,
} from '@ds01/control-plane';
import { createDockerEngine } from '@ds01/docker-engine';
import { createDcgmSource, createKernelLog, createNvidiaSmiProbe } from '@ds01/gpu-inventory';
import {
  createActivityMeter,
  createContainerPorts,
  createFirewall,
  createFolderOwners,
  createGrants,
  createHostAccounts,
  createHostDisks,
  createHostFacts,
  createHostSystem,
  createHostNames,
  createHostProcesses,
  createPeopleFiles,
  createPins,
  createPolicyFiles,
  createStorageMeter,
  createTerminals,
  createUsageMeter,
  createUserCgroups,
  systemClock,
  systemIds,
} from '@ds01/linux-host';
import { createMessengers } from '@ds01/messengers';
import type { Clock, HostAccounts, Logger, PolicyFiles } from '@ds01/ports';
import { createSigningKey, createStore } from '@ds01/store';
import type { Environment } from './environment.ts';
import { rememberFirewall } from './remembered-firewall.ts';
import { refuseOpenFolder } from './state-folder.ts';

/** Changes adapters on their way into the use cases; for tests that break things on purpose. */
export type Decorate = (dependencies: ControlPlaneDependencies) => ControlPlaneDependencies;

/** What adapters are made from besides the environment. */
export interface AdaptersOptions {
  /** Nothing may be written: without a ledger an empty one in memory is used. */
  readonly dryRun: boolean;
  readonly logger: Logger;
  readonly decorate?: Decorate | undefined;
  /** Runs before any adapter is made; throws when this process may not use them. */
  readonly permit?: (() => void) | undefined;
}

/** The adapters of this host. */
export interface Adapters {
  readonly accounts: HostAccounts;
  readonly policyFiles: PolicyFiles;
  readonly logger: Logger;
  readonly clock: Clock;
  /** All of them; opens the ledger on first use. */
  dependencies(): Promise<ControlPlaneDependencies>;
  /** Those that need no state folder. */
  withoutState(): Promise<StatelessDependencies>;
  close(): void;
}

/** Puts the adapters of this host together. */
export function createAdapters(environment: Environment, options: AdaptersOptions): Adapters {
  const { logger } = options;
  const accounts = createHostAccounts();
  const policyFiles = createPolicyFiles({
    configDirectory: environment.configDirectory,
    stateDirectory: environment.stateDirectory,
  });
  const closers: (() => void)[] = [];
  const makeStateless = (): StatelessDependencies => {
    options.permit?.();
    const settings = settingsInForce({ policyFiles, logger, clock: systemClock });
    const engine = createDockerEngine({
      socketPath: environment.engineSocket,
      timeoutMs: settings.engine.timeout_ms,
    });
    const kernelLog = createKernelLog(environment.kernelLog);
    const probe = createNvidiaSmiProbe({
      path: environment.nvidiaSmi,
      timeoutMs: settings.probe.timeout_ms,
      cacheMs: settings.probe.cache_ms,
      clock: systemClock,
      kernelLog,
    });
    closers.push(
      () => engine.close(),
      () => probe.close(),
      () => kernelLog.close(),
    );
    const cgroups = {
      root: environment.cgroupRoot,
      detect: async () => {
        const info = await engineInfo(engine);
        return { version: info.cgroupVersion, driver: info.cgroupDriver };
      },
    };
    const activity = createActivityMeter({ detect: cgroups.detect, clock: systemClock });
    closers.push(() => activity.close());
    return {
      engine,
      accounts,
      folders: createFolderOwners(accounts),
      policyFiles,
      probe,
      clock: systemClock,
      ids: systemIds,
      pins: createPins({
        engineDirectory: environment.engineDirectory,
        asRoot: environment.uid === 0,
      }),
      cgroups: createUserCgroups(cgroups),
      usage: createUsageMeter(cgroups),
      activity,
      utilization: createDcgmSource({ url: settings.probe.dcgm_exporter, clock: systemClock }),
      firewall: rememberFirewall(
        createFirewall({ searchPath: environment.firewallPath ?? undefined }),
        systemClock,
      ),
      processes: createHostProcesses(systemClock),
      ports: createContainerPorts(),
      disks: createHostDisks(),
      system: createHostSystem(),
      names: createHostNames(),
      facts: createHostFacts({ detect: cgroups.detect }),
      peopleFiles: createPeopleFiles(),
      storage: createStorageMeter(),
      terminals: createTerminals(),
      messengers: createMessengers(),
      logger,
    };
  };
  const stateless = once(makeStateless);
  const all = once((): ControlPlaneDependencies => {
    const others = stateless();
    refuseOpenFolder(environment);
    const { store, signingKey } = openState(environment, options.dryRun);
    closers.push(() => store.close());
    const grants = createGrants({
      engineDirectory: environment.engineDirectory,
      ledger: createHash('sha256').update(signingKey).digest('hex'),
    });
    const dependencies = { ...others, store, signingKey, grants };
    return options.decorate?.(dependencies) ?? dependencies;
  });
  return {
    accounts,
    policyFiles,
    logger,
    clock: systemClock,
    dependencies: async () => all(),
    withoutState: async () => stateless(),
    close: () => {
      for (const close of closers) close();
    },
  };
}

/** Makes something when it is first asked for; a failure is tried again. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function openState(environment: Environment, dryRun: boolean) {
  const directory = environment.stateDirectory;
  const isThere = (name: string) => existsSync(join(directory, name));
  const inMemory = dryRun && !isThere('ds01.db');
  const signingKey =
    dryRun && !isThere('signing.key') ? new Uint8Array(32) : createSigningKey({ directory });
  if (!inMemory) mkdirSync(directory, { recursive: true, mode: 0o700 });
  const store = inMemory ? createStore({ path: ':memory:' }) : createStore({ directory });
  return { store, signingKey };
}

function settingsInForce(deps: {
  readonly policyFiles: PolicyFiles;
  readonly logger: Logger;
  readonly clock: Clock;
}): SiteSettings {
  try {
    return loadCurrentPolicy(deps, { dryRun: true }).settings;
  } catch {
    return siteSettingsSchema.parse({});
  }
}
