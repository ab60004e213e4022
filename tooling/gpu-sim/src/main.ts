import { constants } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import { answer, change, isChange } from './answer.ts';
import { gpuSimCommand, controlUsage } from './control/command.ts';
import { simulatorPaths } from './paths.ts';
import type { Answer } from './render/answer-types.ts';
import { timestampsOf } from './render/timestamps.ts';
import { refreshState, updateState } from './state.ts';
import { topologyAt } from './timeline.ts';
import { parseTopologyText } from './topology.ts';

const mayChange = async (path: string): Promise<boolean> =>
  access(path, constants.W_OK).then(
    () => true,
    () => false,
  );

const answerOf = async (directory: string, argumentList: readonly string[]): Promise<Answer> => {
  const paths = simulatorPaths(directory);
  const topology = parseTopologyText(await readFile(paths.topology, 'utf8'));
  if (topology.mode === 'hanging') {
    // A timer keeps the process alive; only a signal ends it.
    setInterval(() => undefined, 2_147_483_647);
    return new Promise(() => undefined);
  }
  const privileged = await mayChange(paths.topology);
  if (!isChange(argumentList)) {
    const now = new Date();
    const present = topologyAt(topology, now.getTime());
    return answer(present, argumentList, timestampsOf(now), { privileged });
  }
  if (!privileged) return change(topology, argumentList, { privileged });
  const { result } = await updateState(directory, (draft) =>
    change(draft, argumentList, { privileged }),
  );
  return result;
};

const nvidiaSmi = async (directory: string, argumentList: readonly string[]): Promise<number> => {
  const { stdout, exitCode } = await answerOf(directory, argumentList);
  process.stdout.write(stdout);
  // Only makes the next call faster; somebody else's folder can't be written to.
  await refreshState(simulatorPaths(directory)).catch(() => undefined);
  return exitCode;
};

const run = async ([command = '', ...rest]: string[]): Promise<number> => {
  if (command === 'nvidia-smi') return nvidiaSmi(rest[0] ?? '', rest.slice(1));
  if (command === '') {
    process.stderr.write(controlUsage);
    return 2;
  }
  process.stdout.write(await gpuSimCommand(command, rest));
  return 0;
};

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`gpu-sim: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
