import { readFileSync } from 'node:fs';
import { fieldOf, isContainerId, parseJson, textsOf } from './grant-text.ts';

/** What the runtime says about a container that starts (OCI runtime spec, "State"). */
export interface ContainerStateMessage {
  readonly containerId: string;
  readonly pid: number;
  readonly bundle: string;
}

/** Reads the state that a runtime gives to its hooks; `null` when it is anything else. */
export function readStateMessage(text: string): ContainerStateMessage | null {
  const value = parseJson(text);
  const [containerId, pid, bundle] = ['id', 'pid', 'bundle'].map((name) => fieldOf(value, name));
  if (!isContainerId(containerId) || typeof bundle !== 'string') return null;
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid < 1) return null;
  return { containerId, pid, bundle };
}

/** What the gate needs of a container's `config.json` (OCI runtime spec). */
export interface BundleFacts {
  /**
   * Devices that NVIDIA's hook would inject: the last `NVIDIA_VISIBLE_DEVICES`. `null` when they
   * can't be known from there.
   */
  readonly devices: readonly string[] | null;
  /** Where the engine keeps the container's own files; `null` when it isn't said. */
  readonly containerFolder: string | null;
}

const variable = 'NVIDIA_VISIBLE_DEVICES=';
/** Values that mean no GPU (NVIDIA Container Toolkit, "Environment variables"). */
const noDevices = new Set(['', 'void', 'none']);
/** The toolkit can be told to take devices from mounts below this folder instead. */
const devicesByMount = '/var/run/nvidia-container-devices';

/** Reads a bundle's `config.json`; `null` when it isn't one. */
export function readBundle(bundle: string): BundleFacts | null {
  const config = parseJson(readFileSync(`${bundle}/config.json`, 'utf8'));
  const environment = textsOf(fieldOf(fieldOf(config, 'process'), 'env'));
  const mounts = fieldOf(config, 'mounts');
  if (environment === null || !Array.isArray(mounts)) return null;
  const destinations = mounts.map((mount: unknown) => fieldOf(mount, 'destination'));
  const isByMount = destinations.some(
    (path) => typeof path === 'string' && path.startsWith(devicesByMount),
  );
  return {
    devices: isByMount ? null : devicesOf(environment),
    containerFolder: folderOf(mounts),
  };
}

function devicesOf(environment: readonly string[]): readonly string[] | null {
  const value = environment.findLast((entry) => entry.startsWith(variable))?.slice(variable.length);
  if (value === undefined) return null;
  return noDevices.has(value) ? [] : value.split(',').map((device) => device.trim());
}

/** dockerd binds `<data root>/containers/<id>/hostname` over `/etc/hostname`. */
function folderOf(mounts: readonly unknown[]): string | null {
  const hostname = mounts.find((mount) => fieldOf(mount, 'destination') === '/etc/hostname');
  const source = fieldOf(hostname, 'source');
  if (typeof source !== 'string' || !source.endsWith('/hostname')) return null;
  return source.slice(0, -'/hostname'.length);
}

/** Docker's name of a container from the engine's own file; `null` when it can't be read. */
export function dockerNameIn(containerFolder: string): string | null {
  try {
    const text = readFileSync(`${containerFolder}/config.v2.json`, 'utf8');
    const name = fieldOf(parseJson(text), 'Name');
    return typeof name === 'string' && /^\/?[\w.-]+$/.test(name) ? name.replace('/', '') : null;
  } catch {
    // For the wording of a refusal only.
    return null;
  }
}
