import { slotsOf, type GpuInventory } from '@ds01/contracts';
import type { EngineInfo } from '@ds01/ports';
import type { StatelessDependencies } from '../dependencies.ts';
import { failing, fine, warning, type Check } from './check.ts';

type Facts = Pick<StatelessDependencies, 'facts'>;

/** Whether all GPUs are there and well. */
export function checkGpus(inventory: GpuInventory): Check {
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

/** Settings of the driver and the GPUs; none without GPUs. */
export function checkDriver({ facts }: Facts, inventory: GpuInventory): readonly Check[] {
  if (inventory.devices.length === 0) return [];
  const { driverVersion, cudaVersion = null } = inventory;
  const cuda = cudaVersion === null ? '' : `, CUDA up to ${cudaVersion}`;
  return [
    driverVersion === null
      ? warning('driver', 'the driver does not tell its version', 'nvidia-smi -q')
      : fine('driver', `driver ${driverVersion}${cuda}`),
    checkPersistence(inventory),
    checkMig(inventory),
    ...checkSpecs(facts.gpuAccess().specs, driverVersion),
  ];
}

function checkPersistence({ devices }: GpuInventory): Check {
  const without = devices.filter(({ persistenceMode }) => persistenceMode === false);
  const names = without.map(({ index }) => index).join(', ');
  return without.length === 0
    ? fine('persistence', 'the driver stays loaded')
    : warning('persistence', `persistence mode is off on GPU ${names}`, 'nvidia-smi -pm 1');
}

function checkMig({ devices }: GpuInventory): Check {
  const waiting = devices.filter(({ migModePending = null }) => migModePending !== null);
  const [first] = waiting;
  if (first === undefined) return fine('mig', 'no change of MIG waits for a reset');
  const names = waiting.map(({ index, migModePending }) => `${index} (${migModePending ?? ''})`);
  return warning(
    'mig',
    `a change of MIG waits for a reset of GPU ${names.join(', ')}`,
    `nvidia-smi --gpu-reset -i ${first.index}`,
  );
}

/** Descriptions name the driver's files with its version; without any nobody uses them. */
function checkSpecs(
  specs: readonly { readonly path: string; readonly text: string }[],
  driverVersion: string | null,
): readonly Check[] {
  const stale = specs.find(({ text }) => driverVersion !== null && !text.includes(driverVersion));
  if (specs.length === 0) return [];
  if (stale === undefined) return [fine('cdi', `${specs.length} CDI description(s), up to date`)];
  return [
    warning(
      'cdi',
      `${stale.path} is not of driver ${driverVersion ?? ''}`,
      `nvidia-ctk cdi generate --output=${stale.path}`,
    ),
  ];
}

/** Whether containers get GPUs past the gate. */
export function checkGpuRuntime({ facts }: Facts, info: EngineInfo): Check {
  const id = 'gpu-runtime';
  const { obeysEnvironment } = facts.gpuAccess();
  if (info.defaultRuntime !== 'nvidia') {
    return fine(
      id,
      `containers run with ${info.defaultRuntime || 'runc'} unless they say otherwise`,
    );
  }
  if (obeysEnvironment === false) {
    return fine(id, 'the default runtime is nvidia, which ignores NVIDIA_VISIBLE_DEVICES');
  }
  return warning(
    id,
    'the default runtime is nvidia, which gives GPUs to whoever sets NVIDIA_VISIBLE_DEVICES',
    'accept-nvidia-visible-devices-envvar-when-unprivileged = false in ' +
      '/etc/nvidia-container-runtime/config.toml',
  );
}

/** Running containers with GPUs, to be looked at. */
export interface GpuContainer {
  readonly id: Parameters<StatelessDependencies['facts']['withoutGpuAccess']>[0][number]['id'];
  readonly cgroupParent: string;
  readonly dockerName: string;
}

/** Whether `systemctl daemon-reload` took GPUs from containers, or could. */
export async function checkGpuAccess(
  { facts }: Facts,
  info: EngineInfo,
  containers: readonly GpuContainer[],
): Promise<Check> {
  const id = 'gpu-access';
  const lost = new Set(await facts.withoutGpuAccess(containers));
  const names = containers.filter((each) => lost.has(each.id)).map(({ dockerName }) => dockerName);
  const [first] = names;
  if (first !== undefined) {
    const message = `may not use their GPUs any more: ${names.join(', ')}`;
    return failing(id, message, `docker restart ${first}`);
  }
  const { hasDevice, hasDeviceLink } = facts.gpuAccess();
  if (info.cgroupDriver === 'systemd' && hasDevice && !hasDeviceLink) {
    return warning(
      id,
      'systemctl daemon-reload would take GPUs from running containers',
      'nvidia-ctk system create-dev-char-symlinks --create-all',
    );
  }
  return fine(id, `${containers.length} running container(s) with GPUs may use them`);
}
