import {
  ds01Error,
  gpuRequestSchema,
  type ContainerNetworkKind,
  type GpuRequest,
  type MountedFolder,
  type ObjectName,
} from '@ds01/contracts';
import type { Caller } from '../caller.ts';
import { checkName } from '../lookup.ts';
import type { CurrentPolicy } from '../policy.ts';
import type { AskedResources } from './asked-resources.ts';
import {
  allowedFolders,
  checkData,
  checkWorkspace,
  isCleanFolder,
  workspacesRoot,
} from './folders.ts';
import { readSecrets, type Secret } from './secrets.ts';

/** A port to publish on the host. */
export interface PortRequest {
  readonly containerPort: number;
  readonly protocol: 'tcp' | 'udp';
  /** `null`: one is picked. */
  readonly hostPort: number | null;
}

/** What a person gave to `container deploy` or `container create`; `null` where nothing. */
export interface DeployInput extends AskedResources {
  readonly name: string | null;
  readonly image: string | null;
  /** Any image that is made for it, in place of `image`. */
  readonly framework: string | null;
  readonly project: string | null;
  /** Absolute path. */
  readonly workspace: string | null;
  readonly gpu: GpuRequest;
  readonly env: Readonly<Record<string, string>>;
  readonly command: readonly string[] | null;
  /** Folders to mount beside the workspace; absolute paths. */
  readonly data: readonly MountedFolder[];
  readonly ports: readonly PortRequest[];
  /** Files for /run/secrets, 512 KiB together. */
  readonly secrets: readonly { readonly name: string; readonly base64: string }[];
  readonly network: ContainerNetworkKind;
  /** Start it (deploy) or leave it created. */
  readonly start: boolean;
  /** Take the place of a container of this name that was made with other options. */
  readonly replace: boolean;
  /** Also a GPU that is reserved for somebody else soon: it is stopped by the begin. */
  readonly untilReserved?: boolean | undefined;
}

/** Checked input: what the container will be called and where it works. */
export interface CheckedInput {
  readonly name: ObjectName;
  readonly image: string | null;
  readonly workspace: string;
  /** The workspace is DS01's own default and is made when it is missing. */
  readonly createWorkspace: boolean;
  readonly data: readonly MountedFolder[];
  readonly secrets: readonly Secret[];
  readonly input: DeployInput;
}

const envName = /^[A-Za-z_][A-Za-z0-9_]*$/;
const deviceSelecting =
  /^(?:NVIDIA_(?:VISIBLE_DEVICES|MIG_\w+|IMEX_CHANNELS)|DOCKER_RESOURCE_\w+)$/;

/**
 * Checks everything that needs neither engine nor disk. Fails with `name.invalid`, `env.refused`,
 * `usage.invalid`, `gpu.invalid-count`, `gpu.invalid-profile`, `workspace.invalid`,
 * `workspace.outside`, `data.denied`.
 */
export function checkInput(
  input: DeployInput,
  caller: Caller,
  policy: CurrentPolicy,
): CheckedInput {
  checkEnv(input.env);
  checkGpu(input.gpu);
  if (input.image !== null && input.framework !== null) {
    throw ds01Error('usage.invalid', {
      message: 'An image and a framework exclude each other: an image has its framework.',
      hint: 'ds01 image list',
    });
  }
  const given = input.name ?? input.project ?? nameFromImage(input.image);
  if (given === null) {
    throw ds01Error('usage.invalid', {
      message: 'A container needs a name.',
      hint: 'ds01 container deploy thesis',
    });
  }
  const name = checkName(given, 'container', (valid) => `ds01 container deploy ${valid}`);
  const project =
    input.project === null
      ? null
      : checkName(input.project, 'project', (valid) => `ds01 container deploy --project ${valid}`);
  const root = workspacesRoot(caller.owner, policy);
  const workspace = input.workspace ?? `${root}/${project ?? name}`;
  const hint = `ds01 container deploy ${name} --workspace ${root}/${name}`;
  if (!isCleanFolder(workspace)) {
    throw ds01Error('workspace.invalid', {
      message: `${JSON.stringify(workspace)} is no absolute path of a folder without "..".`,
      hint,
    });
  }
  const allowed = allowedFolders(caller.owner, policy);
  checkWorkspace(workspace, { allowed, hint });
  return {
    name,
    image: input.image,
    workspace,
    createWorkspace: input.workspace === null,
    data: checkData(input.data, { allowed, name }),
    secrets: readSecrets(input, name),
    input,
  };
}

/** Refuses names that can't be variables, and those that choose GPUs (`env.refused`). */
export function checkEnv(env: Readonly<Record<string, string>>): void {
  for (const [key, value] of Object.entries(env)) {
    if (!envName.test(key) || value.includes('\0')) {
      throw ds01Error('usage.invalid', {
        message: `${JSON.stringify(key)} can't be an environment variable.`,
        hint: 'ds01 container deploy thesis -e NAME=value',
      });
    }
    if (deviceSelecting.test(key)) {
      throw ds01Error('env.refused', {
        message: `${key} selects GPUs; DS01 sets it from the lease.`,
        hint: 'ds01 container deploy thesis --gpus 1',
        details: { variable: key },
      });
    }
  }
}

function checkGpu(request: GpuRequest): void {
  if (gpuRequestSchema.safeParse(request).success) return;
  if (request.kind === 'mig') {
    throw ds01Error('gpu.invalid-profile', {
      message: `${JSON.stringify(request.profile)} is no MIG profile.`,
      hint: 'ds01 gpu status',
    });
  }
  throw ds01Error('gpu.invalid-count', {
    message: 'A container can ask for 1 to 1024 GPUs, or for none with --cpu-only.',
    hint: 'ds01 container deploy thesis --cpu-only',
  });
}

function nameFromImage(image: string | null): string | null {
  if (image === null) return null;
  const last = image.split('@')[0]?.split('/').at(-1)?.split(':')[0];
  return last === undefined || last === '' ? null : last;
}
