import { readFileSync, statSync } from 'node:fs';
import { simulatorPaths } from '../paths.ts';
import type { Topology } from '../topology.ts';

/**
 * The topology of a simulator folder. Normally its compiled form, which was checked when it was
 * written; only a topology file edited since then is checked again, which costs 60 ms.
 */
export const readTopology = async (directory: string): Promise<Topology> => {
  const paths = simulatorPaths(directory);
  if (statSync(paths.topology).mtimeMs > statSync(paths.compiled).mtimeMs) {
    const { parseTopologyText } = await import('../topology.ts');
    return parseTopologyText(readFileSync(paths.topology, 'utf8'));
  }
  const compiled: Topology = JSON.parse(readFileSync(paths.compiled, 'utf8'));
  return compiled;
};
