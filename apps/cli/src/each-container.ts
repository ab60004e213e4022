import { switchFlag } from '@ds01/command-line';
import type { ContainerOutput, ContainerSummary, Ds01Error } from '@ds01/contracts';
import { ds01Error, exitCodeOf, problemOf, toDs01Error } from '@ds01/contracts/core';
import type { ApiOptions } from '@ds01/ports';
import type { CommandContext } from './context.ts';

/** A verb on one container, or with `--all` on all that `applies` picks. */
export interface EachContainer {
  readonly applies: (container: ContainerSummary) => boolean;
  readonly act: (name: string, options: ApiOptions) => Promise<ContainerOutput>;
  /** Past tense for people: `stopped`. */
  readonly done: string;
}

/**
 * Runs a verb on the named container or on all of them, and prints what happened. With `--all` one
 * failure doesn't keep the others from their turn; the exit code is the first one's.
 */
export async function forEachContainer(
  context: CommandContext,
  verb: EachContainer,
): Promise<number> {
  const { flags, operands, output, runtime, signal } = context;
  const [name] = operands;
  const all = switchFlag(flags, 'all');
  if ((name === undefined) !== all) {
    throw ds01Error('usage.invalid', {
      message: all ? 'Give a name or --all, not both.' : 'Which container? Give its name or --all.',
      hint: 'ds01 container list --all',
    });
  }
  const options = { signal, onProgress: (line: string) => output.progress(line) };
  const say = (result: ContainerOutput): string =>
    `${result.container.name} ${dry(flags, verb.done)}${result.note === null ? '' : `: ${result.note}`}`;
  if (name !== undefined) {
    const result = await verb.act(name, options);
    output.result(result, () => say(result));
    return 0;
  }
  const listed = await runtime.api.call('containers.list', { all: true }, { signal });
  const results: ContainerOutput[] = [];
  const failures: Ds01Error[] = [];
  for (const container of listed.containers.filter(verb.applies)) {
    try {
      results.push(await verb.act(container.name, options));
    } catch (error) {
      signal.throwIfAborted();
      failures.push(toDs01Error(error));
    }
  }
  const printed = {
    containers: results.map((result) => result.container),
    ...(failures.length === 0 ? {} : { errors: failures.map((failure) => problemOf(failure)) }),
  };
  output.result(printed, () =>
    results.length + failures.length === 0
      ? 'no containers to act on'
      : [...results.map(say), ...failures.map(({ message }) => `failed: ${message}`)].join('\n'),
  );
  const [first] = failures;
  return first === undefined ? 0 : exitCodeOf(first);
}

function dry(flags: CommandContext['flags'], done: string): string {
  return switchFlag(flags, 'dryRun') ? `would be ${done}` : done;
}
