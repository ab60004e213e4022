/**
 * The parts of the OCI runtime's documents that the hook reads. Checked by hand, because loading a
 * schema library would double the time that each container start waits for the hook.
 */
export interface ContainerProcess {
  readonly pid: number;
  /** Absolute path of the root file system, as seen from the container's mount namespace. */
  readonly rootPath: string;
  readonly environment: readonly string[];
}

const parseObject = (text: string, name: string): object => {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null) throw new Error(`${name} is not an object`);
  return value;
};

const property = (holder: unknown, name: string): unknown =>
  typeof holder === 'object' && holder !== null
    ? Object.entries(holder).find(([key]) => key === name)?.[1]
    : undefined;

/** Reads the state that the runtime gives on stdin; throws an Error if pid or bundle is missing. */
export const parseState = (text: string): { readonly pid: number; readonly bundle: string } => {
  const state = parseObject(text, 'OCI state');
  const pid = property(state, 'pid');
  const bundle = property(state, 'bundle');
  if (typeof pid !== 'number' || !Number.isInteger(pid) || pid < 1) {
    throw new Error('OCI state has no pid');
  }
  if (typeof bundle !== 'string' || !bundle.startsWith('/')) {
    throw new Error('OCI state has no bundle');
  }
  return { pid, bundle };
};

/** Reads a bundle's `config.json`; throws an Error if it names no root. A process may be missing. */
export const parseConfig = (
  text: string,
  bundle: string,
): Pick<ContainerProcess, 'rootPath' | 'environment'> => {
  const config = parseObject(text, 'OCI config');
  const path = property(property(config, 'root'), 'path');
  if (typeof path !== 'string' || path === '') throw new Error('OCI config has no root path');
  const lines = property(property(config, 'process'), 'env');
  return {
    rootPath: path.startsWith('/') ? path : `${bundle}/${path}`,
    environment: Array.isArray(lines)
      ? lines.filter((line): line is string => typeof line === 'string')
      : [],
  };
};
