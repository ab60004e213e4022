import { containerIdSchema } from '@ds01/contracts';
import type { ContainerDetails, HostAccount } from '@ds01/ports';

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

/**
 * A container as the predecessor's `docker create` makes it (host network, added capabilities, an
 * idle shell, binds of the person's folders), named `<name>._.<uid>`.
 */
export function predecessorContainer(
  number: number,
  owner: HostAccount,
  changes: Partial<ContainerDetails> = {},
): ContainerDetails {
  const { name: user, uid, gid, home } = owner;
  const bind = (source: string, target: string, readOnly = false) => ({ source, target, readOnly });
  return foreignContainer(number, {
    dockerName: `thesis._.${uid}`,
    image: `ds01-${uid}/thesis:latest`,
    command: ['bash', '-c', 'bash'],
    user: `${uid}:${gid}`,
    tty: true,
    openStdin: true,
    workingDirectory: '/workspace',
    networkMode: 'host',
    cgroupParent: `ds01-student-${user}.slice`,
    mounts: [
      bind(`${home}/workspace/thesis`, '/workspace'),
      bind(`${home}/.ssh`, `${home}/.ssh`, true),
      bind('/opt/ds01-infra/config/ds01-profile.sh', '/etc/profile.d/ds01.sh', true),
      bind('/tmp/.X11-unix', '/tmp/.X11-unix'),
    ],
    labels: {
      'ds01.user': user,
      'ds01.name': 'thesis',
      'ds01.arch': 'CUDA_AMPERE',
      'ds01.mlc_version': '4',
      'ds01.work_mount': `${home}/workspace/thesis`,
      'ds01.framework': 'Pytorch-2.5.1',
      'ds01.managed': 'true',
      'ds01.interface': 'orchestration',
      'devcontainer.workspaceFolder': '/workspace',
    },
    ...changes,
  });
}
