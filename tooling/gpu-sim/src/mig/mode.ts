import { modelOf } from '../models.ts';
import type { Answer } from '../render/answer-types.ts';
import type { SimulatedDevice } from '../topology.ts';
import { migErrors } from './errors.ts';

const early = (lines: readonly string[], line: string, exitCode: number): Answer => ({
  stdout: [...lines, line, 'Terminating early due to previous errors.', ''].join('\n'),
  exitCode,
});

const pendingWarning = (device: SimulatedDevice, word: 'enable' | 'disable'): string[] => [
  `Warning: MIG mode is in pending ${word} state for GPU ${device.pciBusId}:${migErrors.inUse.words}`,
  `${device.pciBusId} is currently being used by one or more other processes (e.g. CUDA application or a monitoring application such as another instance of nvidia-smi). Please first kill all processes using the device and retry the command or reboot the system to make MIG mode effective.`,
];

/**
 * `nvidia-smi -mig 1` or `0` on each of the devices. A board without MIG is passed over with a
 * warning; one in use keeps its mode until a reset; one that still has GPU instances can't be
 * switched off. Changes the devices.
 */
export const setMigMode = (
  devices: readonly SimulatedDevice[],
  { enable, privileged }: { readonly enable: boolean; readonly privileged: boolean },
): Answer => {
  const lines: string[] = [];
  const word = enable ? 'enable' : 'disable';
  for (const device of devices) {
    const unable = `Unable to ${word} MIG Mode for GPU ${device.pciBusId}`;
    if (!privileged) {
      const { words, exitCode } = migErrors.noPermission;
      return early(lines, `${unable}: ${words}`, exitCode);
    }
    if (modelOf(device.model).migFamily === null) {
      lines.push(
        `${unable}: ${migErrors.notSupported.words}`,
        'Treating as warning and moving on.',
      );
      continue;
    }
    if (!enable && device.migInstances.length > 0) {
      return early(lines, `${unable}: ${migErrors.inUse.words}`, migErrors.inUse.exitCode);
    }
    device.migModePending = enable ? 'enabled' : 'disabled';
    if (device.processes.length > 0 && device.migMode !== device.migModePending) {
      lines.push(...pendingWarning(device, word));
      continue;
    }
    device.migMode = device.migModePending;
    lines.push(`${enable ? 'Enabled' : 'Disabled'} MIG Mode for GPU ${device.pciBusId}`);
  }
  return { stdout: [...lines, 'All done.', ''].join('\n'), exitCode: 0 };
};

const resetRefused = (busy: readonly SimulatedDevice[]): Answer => {
  const [count, these] =
    busy.length === 1
      ? ['1 device is', 'this device']
      : [`${busy.length} devices are`, 'these devices'];
  return {
    stdout: [
      'The following GPUs could not be reset:',
      ...busy.map(({ pciBusId }) => `  GPU ${pciBusId}: ${migErrors.inUse.words}`),
      '',
      `${count} currently being used by one or more other processes (e.g., Fabric Manager, CUDA application, graphics application such as an X server, or a monitoring application such as another instance of nvidia-smi). Please first kill all processes using ${these} and all compute applications running in the system.`,
      '',
    ].join('\n'),
    exitCode: 255,
  };
};

/**
 * `nvidia-smi --gpu-reset`: makes a waiting MIG mode effective, and a GPU that asked for a reset is
 * well again; its MIG instances are gone. Refused if one of the devices has processes.
 */
export const resetDevices = (
  devices: readonly SimulatedDevice[],
  { privileged }: { readonly privileged: boolean },
): Answer => {
  if (!privileged) {
    const { words, exitCode } = migErrors.noPermission;
    const refused = devices.map(({ pciBusId }) => `  GPU ${pciBusId}: ${words}\n`);
    return { stdout: `The following GPUs could not be reset:\n${refused.join('')}`, exitCode };
  }
  const busy = devices.filter(({ processes }) => processes.length > 0);
  if (busy.length > 0) return resetRefused(busy);
  for (const device of devices) {
    device.migMode = device.migModePending;
    device.migInstances = [];
    device.health.xid = null;
    device.health.brokenFigures = null;
    device.health.recoveryAction = 'None';
    device.health.ecc.volatileCorrected = 0;
    device.health.ecc.volatileUncorrected = 0;
    device.health.remappedRows.pending = false;
  }
  const lines = devices.map(({ pciBusId }) => `GPU ${pciBusId} was successfully reset.`);
  return { stdout: [...lines, 'All done.', ''].join('\n'), exitCode: 0 };
};
