import { switchFlag } from '@ds01/command-line';
import type { ContainerOutput, Ds01Error } from '@ds01/contracts';
import { exitCodeOf, problemOf, toDs01Error } from '@ds01/contracts/core';
import type { ApiOptions } from '@ds01/ports';
import type { CommandContext } from './context.ts';
import { withContainer, type VerbOnContainer } from './wizard/choose-container.ts';

/** A verb on one container, or with `--all` on all that `applies` picks. */
export interface EachContainer extends VerbOnContainer {
  readonly act: (name: string, options: ApiOptions) => Promise<ContainerOutput>;
  /** Past tense for people: `stopped`. */
  readonly done: string;
  /** What a person wants to know when it is done. */
  readonly after?: string;
}

/**
 * Runs a verb on the named container, on one that the person chooses, or on all of them, and prints
 * what happened. With `--all` one failure doesn't keep the others from their turn; the exit code is
 * the first one's.
 */
export async function forEachContainer(
  given: CommandContext,
  verb: EachContainer,
): Promise<number> {
  const { flags, operands, output, runtime, signal } = await withContainer(given, verb);
  const [name] = operands;
  const options = { signal, onProgress: (line: string) => output.progress(line) };
  const isDry = switchFlag(flags, 'dryRun');
  const say = ({ container, note }: ContainerOutput): string =>
    `${container.name} ${isDry ? previewText(verb.done, note) : withNote(verb.done, note)}`;
  if (name !== undefined) {
    const result = await verb.act(name, options);
    output.result(result, () => say(result));
    if (verb.after !== undefined && output.interactive) output.say(verb.after);
    return 0;
  }
  const listed = await runtime.api.call('containers.list', { all: true }, { signal });
  const results: ContainerOutput[] = [];
  const failures: Ds01Error[] = [];
  // What DS01 didn't make is touched only when it is named.
  const own = listed.containers.filter((container) => container.managed);
  for (const container of own.filter(verb.applies)) {
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

/** What would happen to a container, as a sentence without it: `would be stopped`. */
export function previewText(done: string, note: string | null): string {
  // Most notes of a preview are the whole of it.
  return note?.startsWith('it would be ') === true
    ? note.slice('it '.length)
    : withNote(`would be ${done}`, note);
}

function withNote(done: string, note: string | null): string {
  return note === null ? done : `${done}: ${note}`;
}
