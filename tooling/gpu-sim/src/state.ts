import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { compile } from './hook/compiled.ts';
import { simulatorPaths, type SimulatorPaths } from './paths.ts';
import { withLock } from './lock.ts';
import { hostScript } from './script/host-script.ts';
import { parseTopology, parseTopologyText, type Topology, type TopologyInput } from './topology.ts';
import { writeFileAtomically } from './write-file.ts';

const modifiedMs = async (path: string): Promise<number> =>
  (await stat(path).catch(() => undefined))?.mtimeMs ?? 0;

const writeDerived = async (
  paths: SimulatorPaths,
  topology: Topology,
  sourceModifiedMs: number,
): Promise<void> => {
  // The script asks "is the topology file newer than I am?", so what is derived from the file
  // carries the file's own time, rounded up, and not the time at which it was written.
  const modified = { modifiedMs: Math.floor(sourceModifiedMs) + 1 };
  await writeFileAtomically(paths.compiled, JSON.stringify(compile(topology)), modified);
  await writeFileAtomically(paths.nvidiaSmi, hostScript(paths, topology), {
    mode: 0o755,
    ...modified,
  });
};

/** Makes a complete topology the state of a simulator folder; the folder must exist. */
export const writeState = async (paths: SimulatorPaths, topology: Topology): Promise<void> => {
  await withLock(paths.lock, async () => {
    const previousMs = await modifiedMs(paths.topology);
    const nowMs = Math.max(Date.now(), Math.ceil(previousMs) + 2);
    await writeFileAtomically(paths.topology, `${JSON.stringify(topology, null, 2)}\n`, {
      modifiedMs: nowMs,
    });
    await writeDerived(paths, topology, nowMs);
  });
};

/**
 * Brings what is derived from the topology file up to date if the file is newer, that is, was edited
 * by hand. Throws a ZodError if the file doesn't hold.
 */
export const refreshState = async (paths: SimulatorPaths): Promise<void> => {
  if ((await modifiedMs(paths.topology)) <= (await modifiedMs(paths.nvidiaSmi))) return;
  await withLock(paths.lock, async () => {
    const sourceModifiedMs = await modifiedMs(paths.topology);
    const topology = parseTopologyText(await readFile(paths.topology, 'utf8'));
    await writeDerived(paths, topology, sourceModifiedMs);
  });
};

/** What {@link updateState} made of a host, and what the change returned. */
export interface Updated<Result> {
  readonly topology: Topology;
  readonly result: Result;
}

/**
 * Changes a simulated host while it runs; `change` alters the copy that it gets. Concurrent updates,
 * also from other processes, are applied one after the other; `nvidia-smi` shows the state before or
 * after, never between. Throws (and changes nothing) if the result doesn't hold (ZodError) or the
 * lock isn't free within 10 s.
 */
export const updateState = async <Result>(
  directory: string,
  change: (draft: Topology) => Result | Promise<Result>,
): Promise<Updated<Result>> => {
  const paths = simulatorPaths(resolve(directory));
  return withLock(paths.lock, async () => {
    const before = await readFile(paths.topology, 'utf8');
    const draft = parseTopologyText(before);
    const result = await change(draft);
    const topology = parseTopology(draft);
    const after = `${JSON.stringify(topology, null, 2)}\n`;
    if (after !== before) {
      const nowMs = Math.max(Date.now(), Math.ceil(await modifiedMs(paths.topology)) + 2);
      await writeFileAtomically(paths.topology, after, { modifiedMs: nowMs });
      await writeDerived(paths, topology, nowMs);
    }
    return { topology, result };
  });
};

/**
 * The same for a change that alters its copy and returns nothing, or returns the new topology.
 * Returns the complete topology that came of it.
 */
export const updateTopology = async (
  directory: string,
  change: (topology: Topology) => TopologyInput | undefined | void,
): Promise<Topology> => {
  const { topology } = await updateState(directory, (draft) => {
    const returned = change(draft);
    if (returned !== undefined) Object.assign(draft, parseTopology(returned));
  });
  return topology;
};
