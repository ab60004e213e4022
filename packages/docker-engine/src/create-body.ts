import type { ContainerSpec, DeviceRate } from '@ds01/ports';
import { exposedPortsOf, portBindingsOf } from './wire-ports.ts';

/**
 * Body of `POST /containers/create` (Engine API 1.41). Devices are asked for by UUID only; binds
 * are `Mounts`, whose missing source is an error, and private, so that nothing mounted on one side
 * later appears on the other.
 */
export function createBodyOf(spec: ContainerSpec): Readonly<Record<string, unknown>> {
  return {
    Image: spec.image,
    ...(spec.command === null ? {} : { Cmd: spec.command }),
    Env: spec.env,
    Labels: spec.labels,
    User: spec.user,
    WorkingDir: spec.workingDirectory,
    Hostname: spec.hostname,
    Tty: spec.tty,
    OpenStdin: spec.openStdin,
    StdinOnce: false,
    ...(spec.stopSignal === undefined ? {} : { StopSignal: spec.stopSignal }),
    ...(spec.ports.length === 0 ? {} : { ExposedPorts: exposedPortsOf(spec.ports) }),
    HostConfig: hostConfigOf(spec),
    ...(spec.network.aliases.length === 0
      ? {}
      : {
          NetworkingConfig: {
            EndpointsConfig: { [spec.network.mode]: { Aliases: spec.network.aliases } },
          },
        }),
  };
}

function hostConfigOf(spec: ContainerSpec): Readonly<Record<string, unknown>> {
  const { resources } = spec;
  return {
    ...(spec.deviceUuids.length === 0
      ? {}
      : {
          DeviceRequests: [
            { Driver: 'nvidia', DeviceIDs: spec.deviceUuids, Capabilities: [['gpu']] },
          ],
        }),
    Mounts: spec.mounts.map((mount) => ({
      Type: 'bind',
      Source: mount.source,
      Target: mount.target,
      ReadOnly: mount.readOnly,
      BindOptions: { Propagation: 'rprivate' },
    })),
    Tmpfs: spec.tmpfs,
    GroupAdd: spec.groupIds.map(String),
    ...(spec.cgroupParent === null ? {} : { CgroupParent: spec.cgroupParent }),
    ...(Object.keys(spec.logOptions).length === 0
      ? {}
      : { LogConfig: { Type: '', Config: spec.logOptions } }),
    CapDrop: spec.capabilitiesDropped,
    SecurityOpt: spec.securityOptions,
    Init: spec.init,
    NetworkMode: spec.network.mode,
    ...(spec.ports.length === 0 ? {} : { PortBindings: portBindingsOf(spec.ports) }),
    NanoCpus: resources.nanoCpus,
    Memory: resources.memoryBytes,
    MemorySwap: resources.memorySwapBytes,
    ShmSize: resources.shmSizeBytes,
    PidsLimit: resources.pidsLimit,
    Ulimits: resources.ulimits?.map((limit) => ({
      Name: limit.name,
      Soft: limit.soft,
      Hard: limit.hard,
    })),
    BlkioDeviceReadBps: ratesOf(resources.readBytesPerSecond),
    BlkioDeviceWriteBps: ratesOf(resources.writeBytesPerSecond),
  };
}

function ratesOf(rates: readonly DeviceRate[] | undefined) {
  return rates?.map((rate) => ({ Path: rate.path, Rate: rate.bytesPerSecond }));
}
