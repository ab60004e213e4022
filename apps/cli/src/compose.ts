import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ds01Error, siteSettingsSchema, type Ds01Error, type SiteSettings } from '@ds01/contracts';
import {
  engineInfo,
  loadCurrentPolicy,
  type Caller,
  type ControlPlaneDependencies,
  type GateState,
} from '@ds01/control-plane';
import { createDockerEngine } from '@ds01/docker-engine';
import { createNvidiaSmiProbe } from '@ds01/gpu-inventory';
import {
  createGrants,
  createHostAccounts,
  createHostDisks,
  createHostProcesses,
  createPins,
  createPolicyFiles,
  createUserCgroups,
  systemClock,
  systemIds,
} from '@ds01/linux-host';
import type { Logger } from '@ds01/ports';
import { createSigningKey, createStore } from '@ds01/store';
import type { Environment } from './environment.ts';
import { resolveCaller } from './resolve-caller.ts';
import type { Decorate, Runtime } from './runtime.ts';

/** What a runtime is made from besides the environment. */
export interface RuntimeOptions {
  /** The value of `--user`. */
  readonly actFor: string | null;
  readonly dryRun: boolean;
  readonly logger: Logger;
  readonly say: (line: string) => void;
  readonly decorate?: Decorate | undefined;
}

/** The composition root: the only place where adapters meet use cases. */
export function createRuntime(environment: Environment, options: RuntimeOptions): Runtime {
  const accounts = createHostAccounts();
  const policyFiles = createPolicyFiles({
    configDirectory: environment.configDirectory,
    stateDirectory: environment.stateDirectory,
  });
  const closers: (() => void)[] = [];
  let made: ControlPlaneDependencies | undefined;
  const make = (): ControlPlaneDependencies => {
    refuseStrangers(environment);
    const settings = settingsInForce({ policyFiles, logger: options.logger });
    const engine = createDockerEngine({
      socketPath: environment.engineSocket,
      timeoutMs: settings.engine.timeout_ms,
    });
    const inState = (name: string) => existsSync(join(environment.stateDirectory, name));
    const inMemory = options.dryRun && !inState('ds01.db');
    const signingKey =
      options.dryRun && !inState('signing.key')
        ? new Uint8Array(32)
        : createSigningKey({ directory: environment.stateDirectory });
    if (!inMemory) mkdirSync(environment.stateDirectory, { recursive: true, mode: 0o700 });
    const store = inMemory
      ? createStore({ path: ':memory:' })
      : createStore({ directory: environment.stateDirectory });
    closers.push(
      () => engine.close(),
      () => store.close(),
    );
    const asRoot = environment.uid === 0;
    const dependencies: ControlPlaneDependencies = {
      engine,
      store,
      accounts,
      policyFiles,
      probe: createNvidiaSmiProbe({
        path: environment.nvidiaSmi,
        timeoutMs: settings.probe.timeout_ms,
        cacheMs: settings.probe.cache_ms,
        clock: systemClock,
      }),
      clock: systemClock,
      ids: systemIds,
      grants: createGrants({
        engineDirectory: environment.engineDirectory,
        ledger: createHash('sha256').update(signingKey).digest('hex'),
      }),
      pins: createPins({ engineDirectory: environment.engineDirectory, asRoot }),
      cgroups: createUserCgroups({
        root: environment.cgroupRoot,
        detect: async () => {
          const info = await engineInfo(engine);
          return { version: info.cgroupVersion, driver: info.cgroupDriver };
        },
      }),
      processes: createHostProcesses(),
      disks: createHostDisks(),
      signingKey,
      logger: options.logger,
    };
    return options.decorate?.(dependencies) ?? dependencies;
  };
  const dependencies = async (): Promise<ControlPlaneDependencies> => {
    made ??= make();
    return made;
  };
  return {
    environment,
    accounts,
    policyFiles,
    logger: options.logger,
    dependencies,
    caller: async (door: Caller['interface']) => ({
      owner: await resolveCaller({ environment, accounts, ...options }),
      interface: door,
    }),
    gate: () => gateState(environment.engineDirectory),
    close: () => {
      for (const close of closers) close();
    },
  };
}

function settingsInForce(deps: {
  readonly policyFiles: ReturnType<typeof createPolicyFiles>;
  readonly logger: Logger;
}): SiteSettings {
  try {
    return loadCurrentPolicy(deps, { dryRun: true }).settings;
  } catch {
    return siteSettingsSchema.parse({});
  }
}

/** Embedded mode is one trust domain: root, or whoever owns the state folder. */
function refuseStrangers(environment: Environment): void {
  const socket = join(environment.runDirectory, 'ds01.sock');
  if (existsSync(socket)) {
    throw ds01Error('daemon.unreachable', {
      message: `A DS01 daemon is set up here (${socket}), but it does not answer.`,
      hint: 'ask an administrator to run: systemctl status ds01d',
    });
  }
  const isStranger =
    environment.uid !== 0 && ownerOf(environment.stateDirectory) !== environment.uid;
  if (isStranger) throw noDaemon(environment);
  refuseOpenFolder(environment);
}

/** Whoever can write there can put another ledger and another key in their places. */
function refuseOpenFolder({ stateDirectory, uid }: Environment): void {
  const found = statSync(stateDirectory, { throwIfNoEntry: false });
  if (found === undefined) return;
  const isForeign = uid === 0 && found.uid !== 0;
  const isOpen = (found.mode & 0o022) !== 0;
  if (!isForeign && !isOpen) return;
  throw ds01Error('access.denied', {
    message: `Others can write to the state folder ${stateDirectory}, so what is in it can't be trusted.`,
    hint: isForeign ? `chown -R root ${stateDirectory}` : `chmod 0700 ${stateDirectory}`,
    details: { stateDirectory },
  });
}

function noDaemon(environment: Environment): Ds01Error {
  return ds01Error('daemon.unreachable', {
    message: `No DS01 daemon runs here, and ${environment.stateDirectory} belongs to somebody else.`,
    hint: 'ask an administrator to start ds01d',
  });
}

/** Owner of a folder, or of the nearest one above it that exists. */
function ownerOf(path: string): number {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found !== undefined) return found.uid;
  return path === '/' ? 0 : ownerOf(join(path, '..'));
}

function gateState(engineDirectory: string): GateState {
  const path = join(engineDirectory, 'gate.json');
  try {
    const mode = /"mode"\s*:\s*"(enforce|observe)"/.exec(readFileSync(path, 'utf8'))?.[1] ?? null;
    return mode === null
      ? { installed: false, mode, message: `${path} names no mode` }
      : { installed: true, mode, message: `the gate is installed, mode ${mode}` };
  } catch {
    return {
      installed: false,
      mode: null,
      message: `${path} can't be read: no gate stands in front of this engine`,
    };
  }
}
