import { splitNotices } from './notices.ts';
import { firstLine, probeFailure } from './probe-failure.ts';
import type { CommandOutcome, CommandRunner } from './run-command.ts';

/** Meanings of nvidia-smi's exit codes, from the "RETURN VALUE" section of its manual. */
const meanings: Readonly<Record<number, string>> = {
  3: 'the operation is not available',
  4: 'this user has no permission',
  6: 'a device could not be found',
  8: 'a device is not powered properly',
  9: 'the NVIDIA driver is not loaded',
  10: 'the kernel detected an interrupt issue with a GPU',
  12: 'the NVML library could not be loaded',
  13: 'the driver’s NVML library is too old',
  14: 'the infoROM of a GPU is corrupted',
  15: 'a GPU is not accessible any more',
};

const noDevicesCode = 6;
const corruptInforomCode = 14;

function sentenceOf(command: string, path: string, outcome: CommandOutcome): string {
  switch (outcome.kind) {
    case 'timed-out':
      return `${command} did not answer in time.`;
    case 'output-too-long':
      return `${command} printed more than it ever should.`;
    case 'not-started':
      return outcome.code === 'ENOENT'
        ? `${command} can’t be run: there is no ${path}.`
        : `${command} can’t be run: ${path} gives ${outcome.code}.`;
    case 'exited': {
      const meaning = meanings[outcome.code ?? -1];
      const ended = outcome.code === null ? 'was killed' : `exited with ${outcome.code}`;
      return `${command} ${ended}${meaning === undefined ? '' : `: ${meaning}`}.`;
    }
  }
}

/** Which exit codes besides 0 leave a whole output behind. */
function isAnswer(outcome: CommandOutcome & { kind: 'exited' }, all: string): boolean {
  if (outcome.code === 0 || outcome.code === noDevicesCode) return true;
  const kinds = splitNotices(all).notices.map((notice) => notice.kind);
  if (outcome.code === corruptInforomCode) return kinds.includes('corrupt-inforom');
  return outcome.code !== null && kinds.includes('unreachable');
}

/**
 * Runs `nvidia-smi` with these arguments and returns what a parser of this package takes: standard
 * output, with the notices about single devices that went to standard error. An empty answer with
 * exit code 6 reads "No devices were found". Throws `gpu.probe-failed` with the path, the arguments,
 * the exit code and the first line of the message.
 */
export async function outputOf(
  run: CommandRunner,
  path: string,
  args: readonly string[],
): Promise<string> {
  const outcome = await run(args);
  const command = `nvidia-smi ${args.join(' ')}`;
  if (outcome.kind === 'exited') {
    const notices = splitNotices(outcome.stderr).notices.map((notice) => `${notice.text}\n`);
    const all = `${outcome.stdout}\n${notices.join('')}`;
    if (outcome.code === noDevicesCode && all.trim() === '') return 'No devices were found';
    if (isAnswer(outcome, all)) return all;
  }
  const said =
    outcome.kind === 'exited' ? (firstLine(outcome.stderr) ?? firstLine(outcome.stdout)) : null;
  const quoted = said === null ? '' : ` It says: ${said}`;
  throw probeFailure(`${sentenceOf(command, path, outcome)}${quoted}`, {
    path,
    arguments: [...args],
    outcome: outcome.kind,
    ...(outcome.kind === 'exited' ? { exitCode: outcome.code, output: said } : {}),
    ...(outcome.kind === 'not-started' ? { systemError: outcome.code } : {}),
  });
}
