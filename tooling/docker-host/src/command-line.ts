import { parseArgs } from 'node:util';
import { createSetupError } from '@ds01/setup';

/** What a person typed after `docker-host`, checked for form. */
export interface CommandLine {
  readonly verb: string;
  /** Words after the verb. */
  readonly operands: readonly string[];
  /** Words after `--`; undefined if there was none. */
  readonly command: readonly string[] | undefined;
  readonly name: string;
  readonly gpus: string | undefined;
  readonly gate: 'none' | 'enforce' | 'observe' | undefined;
  readonly root: string | undefined;
  readonly accounts: string | undefined;
  readonly signal: 'SIGTERM' | 'SIGKILL';
  readonly engineArguments: readonly string[];
}

/** The help text of the command. */
export const usage = `usage: pnpm docker-host <verb> [--name NAME]

  start --gpus PRESET|FILE   start a private Docker engine with simulated GPUs
        [--gate enforce|observe|none] [--root DIR] [--engine-argument=ARG]...
  env                        print the shell lines that point everything at it
  exec [--accounts FILE] -- COMMAND
                             run a command in the engine's network; FILE is JSON:
                             [{"name","uid","gid","groups","home"}]
  gpus -- COMMAND            change the simulated GPUs: set, process, xid; 'gpus -- --help' tells
                             how, as in: gpus -- set --gpu 1 lost=true
  image busybox|python       make the local base image ds01/busybox or ds01/python
  status                     say what runs, as JSON
  restart [--signal KILL]    end dockerd (TERM, or KILL as a crash would) and start it again
  stop                       end the engine and remove all that belongs to it

NAME is 'default' unless given. Programs that the machine lacks are fetched with apt into
~/.cache/ds01, not installed.
`;

const verbsWithOperands: ReadonlySet<string> = new Set(['exec', 'image', 'help']);

/**
 * Reads the arguments after `docker-host`.
 *
 * @throws a setup error (exit code 2) that says what is wrong with them
 */
export function parseCommandLine(words: readonly string[]): CommandLine {
  const separator = words.indexOf('--');
  const own = separator === -1 ? words : words.slice(0, separator);
  const { values, positionals } = parseOwn(own);
  const [verb = 'help', ...operands] = positionals;
  if (operands.length > 0 && !verbsWithOperands.has(verb)) {
    throw usageError(`${verb} takes no '${operands.join(' ')}'`);
  }
  const signal = (values.signal ?? 'TERM').replace(/^SIG/, '');
  if (signal !== 'TERM' && signal !== 'KILL') throw usageError(`--signal is TERM or KILL`);
  const gate = values.gate;
  if (gate !== undefined && gate !== 'none' && gate !== 'enforce' && gate !== 'observe') {
    throw usageError('--gate is enforce, observe or none');
  }
  return {
    verb: values.help === true ? 'help' : verb,
    operands,
    command: separator === -1 ? undefined : words.slice(separator + 1),
    name: values.name ?? 'default',
    gpus: values.gpus,
    gate,
    root: values.root,
    accounts: values.accounts,
    signal: signal === 'KILL' ? 'SIGKILL' : 'SIGTERM',
    engineArguments: values['engine-argument'] ?? [],
  };
}

/** A setup error (exit code 2) for wrong arguments. */
export function usageError(message: string): Error {
  return createSetupError(message, { exitCode: 2, hint: 'pnpm docker-host help' });
}

function parseOwn(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        name: { type: 'string' },
        gpus: { type: 'string' },
        gate: { type: 'string' },
        root: { type: 'string' },
        accounts: { type: 'string' },
        signal: { type: 'string' },
        'engine-argument': { type: 'string', multiple: true },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw usageError(error instanceof Error ? error.message : String(error));
  }
}
