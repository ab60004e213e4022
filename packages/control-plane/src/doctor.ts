import { formatProblem } from '@ds01/limits';
import { slotsOf, toDs01Error, type DoctorOutput } from '@ds01/contracts';
import type { ControlPlaneDependencies } from './dependencies.ts';
import { checkFirewall, checkPins } from './doctor-walls.ts';
import { loadCurrentPolicy, type CurrentPolicy } from './policy.ts';
import { engineInfo, reconcile } from './reconcile/reconcile.ts';

type Check = DoctorOutput['checks'][number];

/** What the gate in front of the engine looks like from here. */
export interface GateState {
  readonly installed: boolean;
  readonly mode: string | null;
  readonly message: string;
}

/** Looks at everything that DS01 depends on; never changes anything, never fails as a whole. */
export async function doctor(
  deps: ControlPlaneDependencies,
  context: { readonly gate: () => GateState },
): Promise<DoctorOutput> {
  const policy = checkPolicy(deps);
  return {
    checks: [
      await checked('engine', () => checkEngine(deps)),
      await checked('gate', async () => checkGate(context.gate())),
      await checked('gpus', () => checkGpus(deps)),
      ...policy.checks,
      await checked('state', () => checkState(deps, policy.policy)),
      await checked('pins', () => checkPins(deps)),
      await checked('firewall', () => checkFirewall(deps)),
    ],
  };
}

async function checked(id: string, look: () => Promise<Check>): Promise<Check> {
  try {
    return await look();
  } catch (error) {
    const problem = toDs01Error(error);
    return { id, ok: false, severity: 'error', message: problem.message, hint: problem.hint };
  }
}

function fine(id: string, message: string): Check {
  return { id, ok: true, severity: 'info', message, hint: null };
}

async function checkEngine(deps: ControlPlaneDependencies): Promise<Check> {
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

async function checkGpus(deps: ControlPlaneDependencies): Promise<Check> {
  const inventory = await deps.probe.read({ fresh: true });
  const sick = inventory.devices.filter((device) => device.health.state !== 'healthy');
  const slots = inventory.devices.flatMap(slotsOf).length;
  if (sick.length === 0) {
    return fine('gpus', `${inventory.devices.length} GPU(s) with ${slots} slot(s), all healthy`);
  }
  return {
    id: 'gpus',
    ok: false,
    severity: 'warning',
    message: sick
      .map((device) => `GPU ${device.index}: ${device.health.reasons.join(', ')}`)
      .join('; '),
    hint: 'nvidia-smi -q',
  };
}

function checkPolicy(deps: ControlPlaneDependencies): {
  readonly policy: CurrentPolicy | null;
  readonly checks: readonly Check[];
} {
  try {
    const policy = loadCurrentPolicy(deps, { dryRun: true });
    const problems = policy.problems.map((problem): Check => ({
      id: `policy ${problem.file}:${problem.line}`,
      ok: problem.severity !== 'error',
      severity: problem.severity === 'notice' ? 'info' : problem.severity,
      message: formatProblem(problem),
      hint: problem.suggestion === null ? null : `did you mean ${problem.suggestion}?`,
    }));
    const state = policy.stale
      ? 'the files have errors; the last good copy is in force'
      : 'the limits files are in force';
    const summary: Check = { ...fine('policy', state), ok: !policy.stale };
    return {
      policy,
      checks: [{ ...summary, severity: policy.stale ? 'error' : 'info' }, ...problems],
    };
  } catch (error) {
    const problem = toDs01Error(error);
    const check: Check = {
      id: 'policy',
      ok: false,
      severity: 'error',
      message: problem.message,
      hint: 'correct the files that are named',
    };
    return { policy: null, checks: [check] };
  }
}

async function checkState(
  deps: ControlPlaneDependencies,
  policy: CurrentPolicy | null,
): Promise<Check> {
  if (policy === null) {
    return {
      id: 'state',
      ok: false,
      severity: 'warning',
      message: 'not checked: there is no valid policy',
      hint: null,
    };
  }
  const now = await reconcile(deps, policy, { dryRun: true });
  const lost = now.leases.filter((lease) => lease.state === 'lost');
  if (lost.length > 0) {
    return {
      id: 'state',
      ok: false,
      severity: 'error',
      message: `${lost.length} lease(s) on GPUs that vanished: ${lost
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
