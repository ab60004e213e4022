import { slotsOf, toDs01Error, type DoctorOutput } from '@ds01/contracts';
import type { ControlPlaneDependencies, StatelessDependencies } from '../dependencies.ts';
import { checkForeign } from './foreign.ts';
import { checkPolicy } from './policy.ts';
import { checkDockerGroup, checkFirewall, checkNetworks, checkPins } from './walls.ts';
import type { CurrentPolicy } from '../policy.ts';
import { engineInfo, reconcile } from '../reconcile/reconcile.ts';

type Check = DoctorOutput['checks'][number];

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
}

/** Looks at everything that DS01 depends on; never changes anything, never fails as a whole. */
export async function doctor(
  world: StatelessDependencies,
  context: DoctorContext,
): Promise<DoctorOutput> {
  const { gate, ledger } = context;
  const policy = await checkPolicy(world);
  const engine = await checked('engine', () => checkEngine(world));
  const withEngine = async (id: string, look: () => Promise<Check>): Promise<Check> =>
    engine.ok ? checked(id, look) : notChecked(id, 'the engine does not answer');
  // What keeps it from being looked at is told by `engine`, `policy` and `state`.
  const foreignFindings = async (): Promise<readonly Check[]> => {
    const deps = await ledger.catch(() => null);
    if (!engine.ok || policy.policy === null || deps === null) return [];
    return checkForeign(deps, policy.policy).catch(() => []);
  };
  return {
    checks: [
      engine,
      await checked('gate', async () => checkGate(gate())),
      await checked('gpus', () => checkGpus(world)),
      ...policy.checks,
      await withEngine('state', async () => checkState(await ledger, policy.policy)),
      ...(await foreignFindings()),
      await withEngine('pins', async () => checkPins(await ledger)),
      await withEngine('firewall', () => checkFirewall(world)),
      await withEngine('networks', () => checkNetworks(world, policy.policy)),
      await checked('docker-group', () => checkDockerGroup(world)),
    ],
  };
}

/** Errors send people to `doctor`; whoever is there already needs the next step. */
const hintsBeyondDoctor: Readonly<Record<string, string>> = {
  'engine.unreachable': 'docker version',
  'engine.timeout': 'docker version',
  'gpu.probe-failed': 'nvidia-smi -L',
};

async function checked(id: string, look: () => Promise<Check>): Promise<Check> {
  try {
    return await look();
  } catch (error) {
    const { code, message, hint } = toDs01Error(error);
    const next = hint === 'ds01 doctor' ? (hintsBeyondDoctor[code] ?? null) : hint;
    return { id, ok: false, severity: 'error', message, hint: next };
  }
}

function notChecked(id: string, reason: string): Check {
  return { id, ok: false, severity: 'warning', message: `not checked: ${reason}`, hint: null };
}

function fine(id: string, message: string): Check {
  return { id, ok: true, severity: 'info', message, hint: null };
}

async function checkEngine(deps: Pick<StatelessDependencies, 'engine'>): Promise<Check> {
  const info = await engineInfo(deps.engine);
  return fine(
    'engine',
    `Docker ${info.version} (API ${info.apiVersion}), ${info.cpus} CPUs, ` +
      `cgroup v${info.cgroupVersion} with ${info.cgroupDriver}`,
  );
}

function checkGate(gate: GateState): Check {
  if (gate.installed) return fine('gate', gate.message);
  return {
    id: 'gate',
    ok: false,
    severity: 'error',
    message: gate.message,
    hint: 'put the nvidia-container-runtime-hook of DS01 on the PATH of dockerd and restart it',
  };
}

async function checkGpus(deps: Pick<StatelessDependencies, 'probe'>): Promise<Check> {
  const inventory = await deps.probe.read({ fresh: true });
  const sick = inventory.devices.filter((device) => device.health.state !== 'healthy');
  const slots = inventory.devices.flatMap(slotsOf).length;
  const notices = inventory.notices ?? [];
  const lost = notices.filter(({ kind }) => kind === 'lost');
  const unread = notices.filter(({ kind }) => kind === 'unread').map(({ message }) => message);
  if (sick.length + lost.length === 0) {
    const healthy = `${inventory.devices.length} GPU(s) with ${slots} slot(s), all healthy`;
    return fine('gpus', [healthy, ...unread].join('. '));
  }
  return {
    id: 'gpus',
    ok: false,
    severity: lost.length > 0 || sick.some(({ health }) => health.failed) ? 'error' : 'warning',
    message: [
      ...lost.map(({ pciBusId, message }) => `a GPU is lost (${pciBusId ?? 'which?'}): ${message}`),
      ...sick.map((device) => `GPU ${device.index}: ${device.health.reasons.join(' ')}`),
      ...unread,
    ].join('; '),
    hint: 'nvidia-smi -q',
  };
}

async function checkState(
  deps: ControlPlaneDependencies,
  policy: CurrentPolicy | null,
): Promise<Check> {
  if (policy === null) {
    return notChecked('state', 'there is no valid policy');
  }
  const now = await reconcile(deps, policy, { dryRun: true, gpus: 'if-quick' });
  const lost = now.leases.filter((lease) => lease.state === 'lost');
  if (lost.length > 0) {
    return {
      id: 'state',
      ok: false,
      severity: 'error',
      message: `${lost.length} lease(s) on GPUs that vanished or failed: ${lost
        .map((lease) => lease.dockerName)
        .join(', ')}`,
      hint: 'nvidia-smi -L',
    };
  }
  if (now.repairs > 0) {
    return {
      id: 'state',
      ok: true,
      severity: 'warning',
      message: `ledger and engine differ in ${now.repairs} place(s); the next command repairs that`,
      hint: 'ds01 container list --all',
    };
  }
  return fine(
    'state',
    `${now.leases.length} lease(s), ${now.containers.length} container(s), ledger and engine agree`,
  );
}
