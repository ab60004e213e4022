import {
  canonicalRequestOf,
  deployRequestSchema,
  ds01Error,
  gpuRequestSchema,
  requestHashOf,
  type DeployRequest,
  type GpuRequest,
  type ObjectName,
} from '@ds01/contracts';
import type { Caller } from '../caller.ts';
import { checkName } from '../lookup.ts';
import type { CurrentPolicy } from '../policy.ts';

/** What a person gave to `container deploy` or `container create`; `null` where nothing. */
export interface DeployInput {
  readonly name: string | null;
  readonly image: string | null;
  readonly project: string | null;
  /** Absolute path. */
  readonly workspace: string | null;
  readonly gpu: GpuRequest;
  readonly env: Readonly<Record<string, string>>;
  readonly command: readonly string[] | null;
  /** Start it (deploy) or leave it created. */
  readonly start: boolean;
}

/** Checked input: what the container will be called and where it works. */
export interface CheckedInput {
  readonly name: ObjectName;
  readonly image: string | null;
  readonly workspace: string;
  /** The workspace is DS01's own default and is made when it is missing. */
  readonly createWorkspace: boolean;
  readonly input: DeployInput;
}

const envName = /^[A-Za-z_][A-Za-z0-9_]*$/;
const deviceSelecting =
  /^(?:NVIDIA_(?:VISIBLE_DEVICES|MIG_\w+|IMEX_CHANNELS)|DOCKER_RESOURCE_\w+)$/;

/**
 * Checks everything that needs neither engine nor disk. Fails with `name.invalid`, `env.refused`,
 * `usage.invalid`, `gpu.invalid-count`, `gpu.invalid-profile`, `workspace.invalid`.
 */
export function checkInput(
  input: DeployInput,
  caller: Caller,
  policy: CurrentPolicy,
): CheckedInput {
  checkEnv(input.env);
  checkGpu(input.gpu);
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
  const root = workspacesRoot(caller, policy);
  const workspace = input.workspace ?? `${root}/${project ?? name}`;
  if (!isCleanPath(workspace)) {
    throw ds01Error('workspace.invalid', {
      message: `${JSON.stringify(workspace)} is no absolute path without "..".`,
      hint: `ds01 container deploy ${name} --workspace ${root}/${name}`,
    });
  }
  return {
    name,
    image: input.image,
    workspace,
    createWorkspace: input.workspace === null,
    input,
  };
}

function workspacesRoot(caller: Caller, policy: CurrentPolicy): string {
  const template = policy.settings.workspaces.root;
  return template === '/home/{user}/workspace'
    ? `${caller.owner.home}/workspace`
    : template.replaceAll('{user}', caller.owner.name);
}

function isCleanPath(path: string): boolean {
  return (
    path.startsWith('/') &&
    !path.includes('\0') &&
    !path.includes('\n') &&
    !path.split('/').includes('..')
  );
}

function checkEnv(env: Readonly<Record<string, string>>): void {
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

/** The request as it is stored and hashed. */
export function requestOf(
  checked: CheckedInput,
  image: string,
): { readonly request: DeployRequest; readonly canonical: string; readonly hash: string } {
  const request = deployRequestSchema.parse({
    image,
    workspace: checked.workspace,
    project: checked.input.project,
    gpu: checked.input.gpu,
    env: checked.input.env,
    command: checked.input.command === null ? null : [...checked.input.command],
  });
  const canonical = canonicalRequestOf(request);
  return { request, canonical, hash: requestHashOf(canonical) };
}

/** In what two requests differ, as `key: old -> new`; of variables the names alone. */
export function differencesOf(stored: string | null, request: DeployRequest): readonly string[] {
  if (stored === null) return ['it was made with other options'];
  const before = deployRequestSchema.safeParse(JSON.parse(stored));
  if (!before.success) return ['it was made with other options'];
  return deployRequestSchema
    .keyof()
    .options.map(
      (key) => [key, JSON.stringify(before.data[key]), JSON.stringify(request[key])] as const,
    )
    .filter(([, old, now]) => old !== now)
    .map(([key, old, now]) =>
      key === 'env' ? changedVariables(before.data.env, request.env) : `${key}: ${old} -> ${now}`,
    );
}

/** Values may be secrets, and errors are shown, logged and pasted. */
function changedVariables(old: DeployRequest['env'], now: DeployRequest['env']): string {
  const names = [...new Set([...Object.keys(old), ...Object.keys(now)])];
  return `env: ${names.filter((name) => old[name] !== now[name]).join(', ')}`;
}
