import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { hostPaths } from './host-paths.ts';
import { processIdentitySchema } from './processes.ts';

/** What `start` was asked for; a running host is only reused by a start that asks for the same. */
export const hostOptionsSchema = z.object({
  /** A preset's name or the absolute path of a topology file. */
  gpus: z.string(),
  /** `none` calls the simulator's hook directly; the others put DS01's gate before it. */
  gate: z.enum(['none', 'enforce', 'observe']),
  /** The engine's data is on a tmpfs. */
  dataInMemory: z.boolean().default(false),
  /** Further arguments of dockerd, as they are. */
  engineArguments: z.array(z.string()),
});

/** See {@link hostOptionsSchema}. */
export type HostOptions = z.infer<typeof hostOptionsSchema>;

/** The file `host.json` in a host's root. */
export const hostStateSchema = z.object({
  version: z.literal(1),
  name: z.string(),
  root: z.string(),
  /** Random; in the environment of every process of the host, as `DS01_HOST_ID`. */
  id: z.string(),
  /** `starting` also stands for a start that was interrupted. */
  phase: z.enum(['starting', 'running']),
  options: hostOptionsSchema,
  /** Path of the simulated nvidia-smi. */
  nvidiaSmi: z.string(),
  /** Root of the unpacked Debian packages that the host's programs come from. */
  toolsRoot: z.string(),
  /** Names of the network and mount namespace made for the engine. */
  namespaces: z.array(z.string()),
  /** Keeps those namespaces alive. */
  holder: processIdentitySchema.optional(),
  uplink: processIdentitySchema.optional(),
  daemon: processIdentitySchema.optional(),
});

/** See {@link hostStateSchema}. */
export type HostState = z.infer<typeof hostStateSchema>;

/** Reads the state of the host in `root`; undefined if there is none that can be understood. */
export function readHostState(root: string): HostState | undefined {
  try {
    return hostStateSchema.parse(JSON.parse(readFileSync(hostPaths(root).stateFile, 'utf8')));
  } catch {
    // An interrupted first write, a foreign file or none at all: no host to speak of.
    return undefined;
  }
}

/** Replaces the state of the host in `state.root` in one step. */
export function writeHostState(state: HostState): void {
  const file = hostPaths(state.root).stateFile;
  writeFileSync(`${file}.new`, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o644 });
  renameSync(`${file}.new`, file);
}
