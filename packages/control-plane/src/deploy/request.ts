import {
  canonicalRequestOf,
  deployRequestSchema,
  formatBytes,
  requestHashOf,
  type DeployRequest,
  type GpuRequest,
} from '@ds01/contracts';
import type { CheckedInput } from './input.ts';
import { fingerprintsOf } from './secrets.ts';

/** The request as it is stored and hashed. */
export function requestOf(
  checked: CheckedInput,
  image: string,
  signingKey: Uint8Array,
): { readonly request: DeployRequest; readonly canonical: string; readonly hash: string } {
  const { input } = checked;
  const request = deployRequestSchema.parse({
    image,
    workspace: checked.workspace,
    project: input.project,
    gpu: input.gpu,
    env: input.env,
    command: input.command === null ? null : [...input.command],
    data: checked.data,
    ports: input.ports,
    secrets: fingerprintsOf(checked.secrets, signingKey),
    network: input.network,
    cpus: input.cpus,
    memoryBytes: input.memoryBytes,
    shmSizeBytes: input.shmSizeBytes,
  });
  const canonical = canonicalRequestOf(request);
  return { request, canonical, hash: requestHashOf(canonical) };
}

/** In what two requests differ, as `key: old -> new`; of variables and secrets the names alone. */
export function differencesOf(stored: string | null, request: DeployRequest): readonly string[] {
  if (stored === null) return ['it was made with other options'];
  const before = deployRequestSchema.safeParse(JSON.parse(stored));
  if (!before.success) return ['it was made with other options'];
  return deployRequestSchema
    .keyof()
    .options.filter((key) => JSON.stringify(before.data[key]) !== JSON.stringify(request[key]))
    .map((key) => differenceOf(key, before.data, request));
}

function differenceOf(key: keyof DeployRequest, before: DeployRequest, now: DeployRequest): string {
  // Values may be secrets, and errors are shown, logged and pasted.
  if (key === 'env') return `env: ${changedNames(before.env, now.env)}`;
  if (key === 'secrets') {
    return `secrets: ${changedNames(byName(before.secrets), byName(now.secrets))}`;
  }
  const [old, next] = [before, now].map((request) => inWords(key, request));
  return `${flagWords[key] ?? key}: ${old} -> ${next}`;
}

/** Parts of a request whose flags are called otherwise. */
const flagWords: Partial<Record<keyof DeployRequest, string>> = {
  memoryBytes: 'memory',
  shmSizeBytes: 'shm-size',
};

function byName(secrets: DeployRequest['secrets']): Readonly<Record<string, string>> {
  return Object.fromEntries(secrets.map(({ name, hmac }) => [name, hmac]));
}

function changedNames(
  old: Readonly<Record<string, string>>,
  now: Readonly<Record<string, string>>,
): string {
  const names = [...new Set([...Object.keys(old), ...Object.keys(now)])];
  return names.filter((name) => old[name] !== now[name]).join(', ');
}

/** A part of a request as its flags say it. */
function inWords(key: Exclude<keyof DeployRequest, 'env' | 'secrets'>, request: DeployRequest) {
  switch (key) {
    case 'gpu':
      return gpuInWords(request.gpu);
    case 'data':
      return listed(
        request.data.map(
          ({ folder, target, readOnly }) => `${folder} at ${target}${readOnly ? '' : ' (rw)'}`,
        ),
      );
    case 'ports':
      return listed(
        request.ports.map(
          ({ hostPort, containerPort, protocol }) =>
            `${hostPort === null ? '' : `${hostPort}:`}${containerPort}` +
            (protocol === 'udp' ? '/udp' : ''),
        ),
      );
    case 'memoryBytes':
    case 'shmSizeBytes': {
      const bytes = request[key];
      return bytes === null ? 'the limit' : formatBytes(bytes);
    }
    case 'cpus':
      return request.cpus === null ? 'the limit' : String(request.cpus);
    case 'command':
      return request.command === null ? 'none' : request.command.join(' ');
    case 'image':
    case 'workspace':
    case 'project':
    case 'network':
      return request[key] ?? 'none';
  }
}

function listed(items: readonly string[]): string {
  return items.length === 0 ? 'none' : items.join(', ');
}

/** A GPU request as it is typed: `--gpus 2 --gpu-type A100`. */
export function gpuInWords(request: GpuRequest): string {
  if (request.kind === 'none') return '--cpu-only';
  if (request.kind === 'exact') return `the GPUs ${request.uuids.join(', ')}`;
  const model = request.model === undefined ? [] : [`--gpu-type ${request.model}`];
  if (request.kind === 'mig') {
    const count = request.count === 1 ? [] : [`--gpus ${request.count}`];
    return [`--mig ${request.profile}`, ...count, ...model].join(' ');
  }
  const memory =
    request.minMemoryBytes === undefined
      ? []
      : [`--gpu-memory ${formatBytes(request.minMemoryBytes).replace(' ', '')}`];
  const count = request.kind === 'whole' ? [`--gpus ${request.count}`] : [];
  const flags = [...count, ...memory, ...model];
  return flags.length === 0 ? 'one GPU' : flags.join(' ');
}
