import { parseArgs } from 'node:util';
import { createSetupError } from '@ds01/setup';

/** What a person typed after `pnpm start`, checked for form. */
export interface CommandLine {
  readonly help: boolean;
  /** Name of the docker host. */
  readonly host: string;
  /** `undefined` is the preset of a look. */
  readonly gpus: string | undefined;
  /** Whose command or shell to run in what runs already; `undefined` starts it all. */
  readonly as: string | undefined;
  /** Words after `--`; none is a shell. */
  readonly command: readonly string[];
}

/** The help text of the command. */
export const usage = `usage: pnpm start [--gpus PRESET|FILE] [--name NAME]
       pnpm start --as PERSON [--name NAME] [-- COMMAND]

The first runs DS01 for a look until Ctrl-C: the daemon, a private Docker engine, simulated GPUs
(a100x4-mig unless told otherwise; also h100x8, l40sx2, none or a topology file) and the people
alice, bob, carol (an administrator). The second, in another terminal, opens a shell as one of them
or as root, or runs one command: pnpm start --as alice -- ds01 container list

Programs that the machine lacks are fetched with apt into ~/.cache/ds01, not installed.
`;

/**
 * Reads the arguments after `pnpm start`.
 *
 * @throws a setup error (exit code 2) that says what is wrong with them
 */
export function parseCommandLine(words: readonly string[]): CommandLine {
  const separator = words.indexOf('--');
  const own = separator === -1 ? words : words.slice(0, separator);
  const command = separator === -1 ? [] : words.slice(separator + 1);
  const { name, gpus, as, help = false } = parseOwn(own);
  if (as === undefined && command.length > 0) throw usageError('a command needs --as PERSON');
  if (as !== undefined && gpus !== undefined) throw usageError('--as takes what runs, not --gpus');
  return { help, host: name === undefined ? 'start' : `start-${name}`, gpus, as, command };
}

function parseOwn(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      options: {
        name: { type: 'string' },
        gpus: { type: 'string' },
        as: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    throw usageError(error instanceof Error ? error.message : String(error));
  }
}

function usageError(message: string): Error {
  return createSetupError(message, { exitCode: 2, hint: 'pnpm start --help' });
}
