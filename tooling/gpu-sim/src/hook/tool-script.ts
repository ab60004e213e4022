import { readFileSync, statSync } from 'node:fs';
import { simulatorPaths } from '../paths.ts';
import type { Topology } from '../topology.ts';
import type { Compiled } from './compiled.ts';
import type { DeviceRequest } from './request.ts';

/** Recognises the file that this package wrote itself from a checked topology. */
const isCompiled = (value: unknown): value is Compiled =>
  typeof value === 'object' &&
  value !== null &&
  'topology' in value &&
  'scriptOf' in value &&
  'scripts' in value &&
  Array.isArray(value.scripts);

const readCompiled = (path: string): Compiled => {
  // A schema library would take longer to load than everything else that the hook does.
  const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
  if (!isCompiled(value)) throw new Error(`${path} is not what gpu-sim writes there`);
  return value;
};

const readEdited = async (path: string): Promise<Topology> => {
  const { parseTopologyText } = await import('../topology.ts');
  return parseTopologyText(readFileSync(path, 'utf8'));
};

const render = async (topology: Topology, request: DeviceRequest): Promise<string> => {
  const { renderTool } = await import('./render-tool.ts');
  return renderTool(topology, request);
};

/**
 * Text of the `nvidia-smi` for a container with that request. Throws an Error with the real tool's
 * sentence if the driver can't be reached or the host doesn't have one of the devices.
 */
export const toolScript = async (directory: string, request: DeviceRequest): Promise<string> => {
  const paths = simulatorPaths(directory);
  if (statSync(paths.topology).mtimeMs > statSync(paths.compiled).mtimeMs) {
    return render(await readEdited(paths.topology), request);
  }
  const { topology, scriptOf, scripts } = readCompiled(paths.compiled);
  const key = request.kind === 'list' && request.ids.length === 1 ? request.ids[0] : request.kind;
  const reachable = topology.mode !== 'failing' && topology.mode !== 'mismatch';
  const known = reachable && key !== undefined && Object.hasOwn(scriptOf, key);
  const script = known ? scripts[scriptOf[key] ?? -1] : undefined;
  return script ?? render(topology, request);
};
