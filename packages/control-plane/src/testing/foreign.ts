import { containerIdSchema } from '@ds01/contracts';
import type { ContainerDetails } from '@ds01/ports';

/** A container that somebody made with plain Docker; runs unless said otherwise. */
export function foreignContainer(
  number: number,
  changes: Partial<ContainerDetails> = {},
): ContainerDetails {
  return {
    id: containerIdSchema.parse(`f${number.toString(16).padStart(63, '0')}`),
    dockerName: `foreign-${number}`,
    image: 'nvidia/cuda',
    imageId: `sha256:${'0'.repeat(64)}`,
    state: 'running',
    labels: {},
    createdAtMs: 0,
    deviceRequests: [],
    devicePaths: [],
    env: [],
    command: ['sleep', 'infinity'],
    user: '',
    runtime: 'runc',
    cgroupParent: '',
    mounts: [],
    pid: 4000 + number,
    exitCode: null,
    outOfMemory: false,
    startedAtMs: 0,
    finishedAtMs: null,
    restartCount: 0,
    resources: {},
    groupIds: [],
    workingDirectory: '',
    hostname: '',
    tty: false,
    openStdin: false,
    tmpfs: {},
    logOptions: {},
    capabilitiesDropped: [],
    securityOptions: [],
    init: false,
    networkMode: 'bridge',
    ports: [],
    ...changes,
  };
}

/** `--gpus` as Docker's command line sends it. */
export function gpusFlag(request: {
  readonly count?: number;
  readonly deviceIds?: readonly string[];
}): Partial<ContainerDetails> {
  const { count = 0, deviceIds = [] } = request;
  return { deviceRequests: [{ driver: '', count, deviceIds, capabilities: [['gpu']] }] };
}
