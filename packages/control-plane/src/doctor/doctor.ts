import type { DoctorOutput, GpuInventory } from '@ds01/contracts';
import type { EngineInfo } from '@ds01/ports';
import type { ControlPlaneDependencies, StatelessDependencies } from '../dependencies.ts';
import type { LifecycleLoop } from '../lifecycle/loop.ts';
import type { CurrentPolicy } from '../policy.ts';
import { isAlive } from '../reconcile/is-alive.ts';
import { engineInfo, reconcile, type Reconciled } from '../reconcile/reconcile.ts';
import { checked, failing, fine, notChecked, type Check } from './check.ts';
import { checkAddressPools, checkCgroups, checkEngine, checkUserNamespaces } from './engine.ts';
import { checkForeign } from './foreign.ts';
import { checkDriver, checkGpuAccess, checkGpuRuntime, checkGpus } from './gpus.ts';
import { checkClock, checkDisks, checkKeys, checkUnits } from './host.ts';
import { checkLeftBehind } from './left-behind.ts';
import { withMend } from './mends.ts';
import { checkPolicy } from './policy.ts';
import { withReason } from './reasons.ts';
import { checkRules } from './rules.ts';
import { checkDatabase, checkDuplicates, checkState } from './state.ts';
import { checkDockerGroup, checkFirewall, checkNetworks, checkPins } from './walls.ts';

/** What the gate in front of the engine looks like from here. */
export interface GateState {
  readonly installed: boolean;
  readonly mode: string | null;
  readonly message: string;
}

/** Where a doctor looks besides the adapters that need no state. */
export interface DoctorContext {
  readonly gate: () => GateState;
  /** All adapters; rejects when the state folder can't be used, which is a finding too. */
  readonly ledger: Promise<ControlPlaneDependencies>;
  /** Left out, or `null`, in a process that doesn't look after the rules. */
  readonly lifecycle?: LifecycleLoop | null;
}

/** What one look found out for several checks; `null` where it could not. */
interface Seen {
  readonly world: StatelessDependencies;
  readonly policy: CurrentPolicy | null;
  readonly info: EngineInfo | null;
  readonly inventory: GpuInventory | null;
  readonly deps: ControlPlaneDependencies | null;
  readonly now: Reconciled | null;
}

/** Looks at everything that DS01 depends on; never changes anything, never fails as a whole. */
export async function doctor(
  world: StatelessDependencies,
  context: DoctorContext,
): Promise<DoctorOutput> {
  const { gate, ledger, lifecycle = null } = context;
  const policy = await checkPolicy(world);
  const looked = await look(world, policy.policy, ledger);
  const { seen, engine, gpus, state } = looked;
  const { deps } = seen;
  const withEngine = async (id: string, check: () => Promise<Check>): Promise<Check> =>
    seen.info === null ? notChecked(id, 'the engine does not answer') : checked(id, check);
  const checks = [
    engine,
    await checked('gate', async () => checkGate(gate())),
    gpus,
    ...(seen.inventory === null ? [] : checkDriver(world, seen.inventory)),
    ...policy.checks,
    ...(deps === null ? [] : [await checked('database', async () => checkDatabase(deps))]),
    state,
    ...(await several('state', () => checksOfState(seen))),
    ...checkRules(lifecycle),
    await withEngine('pins', async () => checkPins(await ledger)),
    await withEngine('firewall', () => checkFirewall(world)),
    await withEngine('networks', () => checkNetworks(world, policy.policy)),
    ...(await several('engine', () => checksOfEngine(seen))),
    await checked('docker-group', () => checkDockerGroup(world)),
    ...(await several('host', () => checksOfHost(seen))),
  ];
  return { checks: checks.map(withReason).map(withMend) };
}

/** Checks that are made together; when one of them can't be made, that is the finding. */
async function several(
  id: string,
  look: () => Promise<readonly Check[]>,
): Promise<readonly Check[]> {
  let found: readonly Check[] = [];
  const failed = await checked(id, async () => {
    found = await look();
    return fine(id, '');
  });
  return failed.ok ? found : [failed];
}

async function look(
  world: StatelessDependencies,
  policy: CurrentPolicy | null,
  ledger: Promise<ControlPlaneDependencies>,
) {
  let info: EngineInfo | null = null;
  let inventory: GpuInventory | null = null;
  let now: Reconciled | null = null;
  const engine = await checked('engine', async () => {
    info = await engineInfo(world.engine);
    return checkEngine(info);
  });
  const gpus = await checked('gpus', async () => {
    inventory = await world.probe.read({ fresh: true });
    return checkGpus(inventory);
  });
  const deps = await ledger.catch(() => null);
  const state = await checked('state', async () => {
    if (!engine.ok) return notChecked('state', 'the engine does not answer');
    const own = await ledger;
    if (policy === null) return notChecked('state', 'there is no valid policy');
    now = await reconcile(own, policy, { dryRun: true, gpus: 'if-quick' });
    return checkState(now);
  });
  const seen: Seen = { world, policy, info, inventory, deps, now };
  return { seen, engine, gpus, state };
}

function checkGate(gate: GateState): Check {
  if (gate.installed) return fine('gate', gate.message);
  const hint =
    'put the nvidia-container-runtime-hook of DS01 on the PATH of dockerd and restart it';
  return failing('gate', gate.message, hint);
}

/** What keeps it from being looked at is told by `engine`, `policy` and `state`. */
async function checksOfState({ now, deps, policy }: Seen): Promise<readonly Check[]> {
  if (now === null || deps === null || policy === null) return [];
  const foreign = await checkForeign(deps, policy).catch(() => []);
  const leftBehind = await checkLeftBehind(deps, now).catch(() => []);
  return [checkDuplicates(now), ...leftBehind, ...foreign];
}

async function checksOfEngine({ world, info, now, policy }: Seen): Promise<readonly Check[]> {
  if (info === null) return [];
  const holders = new Set(now?.leases.map(({ containerId }) => containerId));
  const running = (now?.containers ?? []).filter(
    ({ record, state }) => isAlive(state) && holders.has(record.id),
  );
  const containers = running.map(({ record }) => record);
  return [
    await checked('cgroups', async () => checkCgroups(world, info)),
    await checked('gpu-runtime', async () => checkGpuRuntime(world, info)),
    await checked('gpu-access', () => checkGpuAccess(world, info, containers)),
    await checked('address-pools', () => checkAddressPools(world, info, policy)),
    await checked('user-namespaces', async () => checkUserNamespaces(world, info)),
  ];
}

async function checksOfHost({ world, info, deps, policy }: Seen): Promise<readonly Check[]> {
  const [workspaces = ''] = policy?.settings.workspaces.root.split('{user}') ?? [];
  const folders = [info?.dataRoot ?? '', deps?.store.directory ?? '', workspaces];
  const paths = ['/', ...folders.filter((path) => path !== '')];
  return [
    await checked('units', () => checkUnits(world)),
    await checked('clock', () => checkClock(world, deps)),
    await checked('keys', async () => checkKeys(world)),
    await checked('disks', () => checkDisks(world, paths)),
  ];
}
