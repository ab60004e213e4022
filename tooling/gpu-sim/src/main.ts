import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { answer } from './answer.ts';
import { simulatorPaths } from './paths.ts';
import { prepareGpuSim } from './prepare.ts';
import { timestampsOf } from './render/timestamps.ts';
import { setDevice } from './set-device.ts';
import { refreshState, updateTopology } from './state.ts';
import { parseTopologyText } from './topology.ts';

const usage = `usage: gpu-sim prepare --topology PRESET|FILE --directory DIR
       gpu-sim set --directory DIR [--mode ok|failing|hanging] [--gpu N KEY=VALUE...]
         keys: utilization, memory-utilization, used-memory-mib, temperature, lost, xid
       gpu-sim nvidia-smi DIR [ARGUMENTS]
`;

const nvidiaSmi = async (directory: string, argumentList: readonly string[]): Promise<number> => {
  const paths = simulatorPaths(directory);
  const topology = parseTopologyText(await readFile(paths.topology, 'utf8'));
  if (topology.mode === 'hanging') {
    // A timer keeps the process alive; only a signal ends it.
    setInterval(() => undefined, 2_147_483_647);
    return new Promise(() => undefined);
  }
  const { stdout, exitCode } = answer(topology, argumentList, timestampsOf(new Date()));
  process.stdout.write(stdout);
  // Only makes the next call faster; somebody else's folder can't be written to.
  await refreshState(paths).catch(() => undefined);
  return exitCode;
};

const prepare = async (argumentList: string[]): Promise<number> => {
  const { values } = parseArgs({
    args: argumentList,
    options: { topology: { type: 'string' }, directory: { type: 'string' } },
  });
  if (values.topology === undefined || values.directory === undefined) throw new Error(usage);
  const prepared = await prepareGpuSim({
    topology: values.topology,
    directory: values.directory,
  });
  process.stdout.write(`${JSON.stringify(prepared)}\n`);
  return 0;
};

const set = async (argumentList: string[]): Promise<number> => {
  const { values, positionals } = parseArgs({
    args: argumentList,
    allowPositionals: true,
    options: { directory: { type: 'string' }, mode: { type: 'string' }, gpu: { type: 'string' } },
  });
  const { directory } = values;
  if (directory === undefined) throw new Error(usage);
  await updateTopology(directory, (topology) =>
    setDevice(topology, {
      ...(values.mode === undefined ? {} : { mode: values.mode }),
      ...(values.gpu === undefined ? {} : { gpu: values.gpu }),
      assignments: positionals,
    }),
  );
  return 0;
};

const run = async ([command, ...rest]: string[]): Promise<number> => {
  if (command === 'nvidia-smi') return nvidiaSmi(rest[0] ?? '', rest.slice(1));
  if (command === 'prepare') return prepare(rest);
  if (command === 'set') return set(rest);
  process.stderr.write(usage);
  return 2;
};

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`gpu-sim: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
