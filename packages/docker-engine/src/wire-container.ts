import { containerIdSchema } from '@ds01/contracts';
import type {
  ContainerDetails,
  ContainerListing,
  ContainerResources,
  EngineContainerState,
} from '@ds01/ports';
import { z } from 'zod';
import { listOf, stringMap, text, time } from './wire.ts';
import { portMapSchema } from './wire-ports.ts';

/** A state that this version doesn't know counts as running: its devices are in use. */
const stateSchema = z
  .enum(['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead'])
  .catch('running') satisfies z.ZodType<EngineContainerState>;

/** Docker's name among several: links add names with a second slash. */
function ownName(names: readonly string[]): string {
  const own = names.find((name) => name.lastIndexOf('/') <= 0) ?? names[0] ?? '';
  return own.replace(/^\//, '');
}

/** One element of `GET /containers/json`. */
export const listingSchema = z
  .object({
    Id: containerIdSchema,
    Names: listOf(z.string()),
    Image: text,
    State: stateSchema,
    Labels: stringMap,
    Created: z.number(),
  })
  .transform((row): ContainerListing => ({
    id: row.Id,
    dockerName: ownName(row.Names),
    image: row.Image,
    state: row.State,
    labels: row.Labels,
    createdAtMs: row.Created * 1000,
  }));

const deviceRequestSchema = z
  .object({
    Driver: text,
    Count: z.number().default(0),
    DeviceIDs: listOf(z.string()),
    Capabilities: listOf(listOf(z.string())),
  })
  .transform((request) => ({
    driver: request.Driver,
    count: request.Count,
    deviceIds: request.DeviceIDs,
    capabilities: request.Capabilities,
  }));

const rateSchema = z
  .object({ Path: z.string(), Rate: z.number() })
  .transform((rate) => ({ path: rate.Path, bytesPerSecond: rate.Rate }));

const ulimitSchema = z
  .object({ Name: z.string(), Soft: z.number(), Hard: z.number() })
  .transform((ulimit) => ({ name: ulimit.Name, soft: ulimit.Soft, hard: ulimit.Hard }));

const count = z.number().nullish();

const hostConfigSchema = z.object({
  DeviceRequests: listOf(deviceRequestSchema),
  Devices: listOf(z.object({ PathOnHost: z.string() })),
  Runtime: text,
  CgroupParent: text,
  NanoCpus: count,
  Memory: count,
  MemorySwap: count,
  ShmSize: count,
  PidsLimit: count,
  Ulimits: listOf(ulimitSchema),
  BlkioDeviceReadBps: listOf(rateSchema),
  BlkioDeviceWriteBps: listOf(rateSchema),
  GroupAdd: listOf(z.string()),
  Tmpfs: stringMap,
  LogConfig: z.object({ Config: stringMap }).optional(),
  CapDrop: listOf(z.string()),
  SecurityOpt: listOf(z.string()),
  Init: z.boolean().nullish(),
  NetworkMode: text,
  PortBindings: portMapSchema,
});

function resourcesOf(host: z.infer<typeof hostConfigSchema>): ContainerResources {
  const limit = (value: number | null | undefined): number | undefined =>
    value === null || value === 0 ? undefined : value;
  const some = <T>(list: readonly T[]): readonly T[] | undefined =>
    list.length === 0 ? undefined : list;
  return {
    nanoCpus: limit(host.NanoCpus),
    memoryBytes: limit(host.Memory),
    memorySwapBytes: limit(host.MemorySwap),
    shmSizeBytes: limit(host.ShmSize),
    pidsLimit: limit(host.PidsLimit),
    ulimits: some(host.Ulimits),
    readBytesPerSecond: some(host.BlkioDeviceReadBps),
    writeBytesPerSecond: some(host.BlkioDeviceWriteBps),
  };
}

const engineStateSchema = z.object({
  Status: stateSchema,
  Pid: z.number().default(0),
  ExitCode: z.number().default(0),
  OOMKilled: z.boolean().default(false),
  StartedAt: time,
  FinishedAt: time,
});

const configSchema = z.object({
  Image: text,
  Labels: stringMap,
  Env: listOf(z.string()),
  Cmd: listOf(z.string()),
  User: text,
  WorkingDir: text,
  Hostname: text,
  Tty: z.boolean().default(false),
  OpenStdin: z.boolean().default(false),
});

const mountSchema = z.object({
  Type: text,
  Source: text,
  Destination: z.string(),
  RW: z.boolean().default(true),
});

/** Answer of `GET /containers/{id}/json`. */
export const detailsSchema = z
  .object({
    Id: containerIdSchema,
    Name: text,
    Image: text,
    Created: time,
    RestartCount: z.number().default(0),
    State: engineStateSchema,
    Config: configSchema,
    HostConfig: hostConfigSchema,
    Mounts: listOf(mountSchema),
    NetworkSettings: z.object({ Ports: portMapSchema }).nullish(),
  })
  .transform(({ Id, Name, Image, Created, RestartCount, State, Config, HostConfig, ...rest }) => {
    const ended = State.Status === 'exited' || State.Status === 'dead';
    return {
      id: Id,
      dockerName: ownName([Name]),
      image: Config.Image,
      imageId: Image,
      state: State.Status,
      labels: Config.Labels,
      createdAtMs: Created ?? 0,
      deviceRequests: HostConfig.DeviceRequests,
      devicePaths: HostConfig.Devices.map((device) => device.PathOnHost),
      env: Config.Env,
      command: Config.Cmd,
      user: Config.User,
      runtime: HostConfig.Runtime,
      cgroupParent: HostConfig.CgroupParent,
      mounts: rest.Mounts.filter((mount) => mount.Type === 'bind').map((mount) => ({
        source: mount.Source,
        target: mount.Destination,
        readOnly: !mount.RW,
      })),
      pid: State.Pid === 0 ? null : State.Pid,
      exitCode: ended ? State.ExitCode : null,
      outOfMemory: State.OOMKilled,
      startedAtMs: State.StartedAt,
      finishedAtMs: State.FinishedAt,
      restartCount: RestartCount,
      resources: resourcesOf(HostConfig),
      groupIds: HostConfig.GroupAdd.filter((group) => /^\d+$/.test(group)).map(Number),
      workingDirectory: Config.WorkingDir,
      hostname: Config.Hostname,
      tty: Config.Tty,
      openStdin: Config.OpenStdin,
      tmpfs: HostConfig.Tmpfs,
      logOptions: HostConfig.LogConfig?.Config ?? {},
      capabilitiesDropped: HostConfig.CapDrop,
      securityOptions: HostConfig.SecurityOpt,
      init: HostConfig.Init ?? false,
      networkMode: HostConfig.NetworkMode,
      ports: State.Pid === 0 ? HostConfig.PortBindings : (rest.NetworkSettings?.Ports ?? []),
    } satisfies ContainerDetails;
  });
