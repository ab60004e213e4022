import { switchFlag } from '@ds01/command-line';
import type { ContainerSummary } from '@ds01/contracts';
import { ds01Error } from '@ds01/contracts/core';
import type { CommandContext } from '../context.ts';
import type { Prompter } from './prompter.ts';
import { mayAsk } from './wants-questions.ts';

/** A verb that needs a container. */
export interface VerbOnContainer {
  /** What a person does to it: `stop`. */
  readonly verb: string;
  readonly applies: (container: ContainerSummary) => boolean;
  /** The command asks before it acts, so that a single candidate needs no question here. */
  readonly asksLater?: boolean;
}

/**
 * The context with a container's name: the one that was given, else at a terminal one that the person
 * chooses among those for which the verb makes sense. With `--all` the context as it is. Fails with
 * `usage.invalid` where nobody may be asked, `container.not-found` when there is none to choose.
 */
export async function withContainer(
  context: CommandContext,
  verb: VerbOnContainer,
): Promise<CommandContext> {
  const { flags, operands, output, runtime, signal } = context;
  const all = switchFlag(flags, 'all');
  if (operands.length > 0 || all) {
    if (operands.length === 0 || !all) return context;
    throw ds01Error('usage.invalid', {
      message: 'Give a name or --all, not both.',
      hint: 'ds01 container list --all',
    });
  }
  if (!mayAsk(context)) {
    throw ds01Error('usage.invalid', {
      message: 'Which container? Give its name.',
      hint: 'ds01 container list --all',
    });
  }
  const { containers } = await runtime.api.call('containers.list', { all: true }, { signal });
  const { createTerminalPrompter } = await import('./terminal-prompter.ts');
  const name = await chooseContainer(createTerminalPrompter(output, signal), containers, verb);
  return { ...context, operands: [name] };
}

/** Which container, of those that the verb is for. */
export async function chooseContainer(
  prompter: Prompter,
  containers: readonly ContainerSummary[],
  { verb, applies, asksLater = false }: VerbOnContainer,
): Promise<string> {
  // What DS01 didn't make has to be named.
  const candidates = containers.filter((container) => container.managed && applies(container));
  const [only, second] = candidates;
  if (only === undefined) throw nothingTo(verb, containers);
  if (second === undefined) {
    if (asksLater || (await prompter.confirm(`${capital(verb)} ${labelOf(only)}?`))) {
      return only.name;
    }
    throw ds01Error('operation.interrupted', {
      message: 'Nothing was changed.',
      hint: 'ds01 container list --all',
    });
  }
  return prompter.select(
    `${capital(verb)} which container?`,
    candidates.map((container) => ({ value: container.name, label: labelOf(container) })),
  );
}

/** `thesis (running, GPU 0)`. */
export function labelOf({ name, state, slots }: ContainerSummary): string {
  return `${name} (${state}${slots.length === 0 ? '' : `, GPU ${slots.join(', ')}`})`;
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

function nothingTo(verb: string, containers: readonly ContainerSummary[]) {
  return containers.length === 0
    ? ds01Error('container.not-found', {
        message: 'You have no containers.',
        hint: 'ds01 container deploy',
      })
    : ds01Error('container.not-found', {
        message: `There is none of your containers to ${verb}: ${containers.map(labelOf).join(', ')}.`,
        hint: 'ds01 container list --all',
      });
}
