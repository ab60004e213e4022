import {
  gpuEquivalentsOfLease,
  mountsLabelOf,
  signLabels,
  type ContainerLimits,
  type ContainerMounts,
  type Lease,
} from '@ds01/contracts';
import type {
  ContainerMount,
  ContainerNetwork,
  ContainerSpec,
  DeviceRate,
  ImageDetails,
  PortMapping,
} from '@ds01/ports';
import type { ContainerResourcesResult } from '@ds01/limits';
import type { Caller } from '../caller.ts';
import { homeOf } from '../identity/account-files.ts';
import { promptCommand, promptOf, shellStartPath, zshFolder } from '../identity/shell-start.ts';
import { instantOf } from '../present.ts';

/** What a container specification is made of. */
export interface SpecParts {
  readonly caller: Caller;
  readonly name: string;
  readonly dockerName: string;
  readonly image: string;
  readonly imageDetails: ImageDetails;
  readonly project: string | null;
  readonly workspace: string;
  readonly env: Readonly<Record<string, string>>;
  readonly command: readonly string[] | null;
  readonly requestHash: string;
  readonly lease: Lease | null;
  readonly mounts: readonly ContainerMount[];
  /** Ids of the groups that it has beside the owner's own. */
  readonly groupIds: readonly number[];
  /** What it needs on the host. */
  readonly needs: ContainerMounts;
  readonly network: ContainerNetwork;
  readonly ports: readonly PortMapping[];
  readonly cgroupParent: string;
  readonly resources: ContainerResourcesResult;
  /** The disk that the engine's data is on; `null` when it can't be named. */
  readonly disk: string | null;
  readonly signingKey: Uint8Array;
  readonly nowMs: number;
}

/** Commands that are nothing but a shell. */
const shells = /^(?:\/(?:usr\/)?bin\/)?(?:sh|bash|dash|ash|zsh)$/;

/**
 * The container as the engine is asked to make it: the owner's uid and gid, no new privileges, no
 * capability, explicit device UUIDs, every DS01 label signed.
 */
export function containerSpecOf(parts: SpecParts): ContainerSpec {
  const { resources } = parts.resources;
  const main = mainProcessOf(parts.command, parts.imageDetails);
  return {
    dockerName: parts.dockerName,
    image: parts.image,
    command: main.command,
    env: envOf(parts),
    labels: labelsOf(parts),
    user: `${parts.caller.owner.uid}:${parts.caller.owner.gid}`,
    groupIds: parts.groupIds,
    workingDirectory: '/workspace',
    hostname: parts.name,
    tty: main.idle,
    openStdin: parts.command === null,
    deviceUuids: parts.lease?.slots.map((slot) => slot.uuid) ?? [],
    mounts: parts.mounts,
    tmpfs: resources.tmpfs,
    resources: {
      nanoCpus: resources.nanoCpus ?? undefined,
      memoryBytes: resources.memoryBytes ?? undefined,
      memorySwapBytes: resources.memorySwapBytes ?? undefined,
      shmSizeBytes: resources.shmSizeBytes,
      pidsLimit: resources.pidsLimit ?? undefined,
      ulimits: resources.ulimits,
      readBytesPerSecond: ratesOf(parts.disk, resources.blockIo.readBps),
      writeBytesPerSecond: ratesOf(parts.disk, resources.blockIo.writeBps),
    },
    logOptions: resources.log.options,
    cgroupParent: parts.cgroupParent,
    capabilitiesDropped: ['ALL'],
    securityOptions: ['no-new-privileges'],
    // An interactive shell ignores SIGTERM: each stop would take the whole grace time.
    ...(main.idle ? { stopSignal: 'SIGHUP' } : {}),
    init: true,
    network: parts.network,
    ports: parts.ports,
  };
}

function ratesOf(disk: string | null, bytesPerSecond: number | null): readonly DeviceRate[] {
  return disk === null || bytesPerSecond === null ? [] : [{ path: disk, bytesPerSecond }];
}

/** What can't be enforced on this host, for people. */
export function diskNotices(
  disk: string | null,
  { resources }: ContainerResourcesResult,
): readonly string[] {
  const asked = resources.blockIo.readBps !== null || resources.blockIo.writeBps !== null;
  return asked && disk === null
    ? ['io_read_bps and io_write_bps are not enforced: the disk of the engine has no device file']
    : [];
}

/** With a command that command; else the image's when it is more than a shell; else an idle shell. */
function mainProcessOf(
  command: readonly string[] | null,
  image: ImageDetails,
): { readonly command: readonly string[] | null; readonly idle: boolean } {
  if (command !== null) return { command, idle: false };
  const own = [...image.entrypoint, ...image.command];
  if (own.length === 0) return { command: ['/bin/sh'], idle: true };
  const [first = ''] = own;
  return { command: null, idle: own.length === 1 && shells.test(first) };
}

/**
 * What people gave wins over what DS01 says of them. The devices are named here too: else an image's
 * own `all` is what processes read that join later.
 */
function envOf(parts: SpecParts): readonly string[] {
  const { slug } = parts.caller.owner;
  const env = {
    HOME: homeOf(slug),
    USER: slug,
    LOGNAME: slug,
    PS1: promptOf(slug, parts.name),
    ENV: shellStartPath,
    PROMPT_COMMAND: promptCommand,
    ZDOTDIR: zshFolder,
    ...parts.env,
    NVIDIA_VISIBLE_DEVICES: parts.lease?.slots.map((slot) => slot.uuid).join(',') ?? 'void',
  };
  return Object.entries(env).map(([key, value]) => `${key}=${value}`);
}

function labelsOf(parts: SpecParts): Readonly<Record<string, string>> {
  const { lease, caller } = parts;
  return signLabels(
    {
      user: caller.owner.name,
      uid: String(caller.owner.uid),
      name: parts.name,
      managed: 'true',
      interface: caller.interface,
      request: parts.requestHash,
      project: parts.project ?? '',
      image: parts.image,
      workspace: parts.workspace,
      created_at: instantOf(parts.nowMs),
      mounts: mountsLabelOf(parts.needs),
      lease: lease?.id ?? '',
      'gpu.slots': lease?.slots.map((slot) => slot.slot).join(',') ?? '',
      'gpu.uuids': lease?.slots.map((slot) => slot.uuid).join(',') ?? '',
      'gpu.equivalents': lease === null ? '' : String(gpuEquivalentsOfLease(lease)),
    },
    parts.signingKey,
  );
}

/** The limits that a container got, for people and programs. */
export function limitsOf(
  result: ContainerResourcesResult,
  notices: readonly string[],
): ContainerLimits {
  const { resources } = result;
  return {
    cpus: resources.nanoCpus === null ? null : resources.nanoCpus / 1e9,
    memoryBytes: resources.memoryBytes,
    memorySwapBytes: resources.memorySwapBytes,
    shmSizeBytes: resources.shmSizeBytes,
    pidsLimit: resources.pidsLimit,
    notices: [...result.notices.map((notice) => notice.message), ...notices],
  };
}
