import type { ContainerSummary } from '@ds01/contracts';
import { labelOf } from './choose-container.ts';
import type { Choice, Prompter } from './prompter.ts';

/** What a person wants who typed the program's name alone: words of a command, or a new container. */
export type Wish = readonly string[] | 'new' | 'nothing';

const newContainer = '+new';
const gpus = '+gpus';
const leave = '+leave';

/** Asks what is wanted: with nothing there yet, that is a container. */
export async function askWish(prompter: Prompter, all: readonly ContainerSummary[]): Promise<Wish> {
  // What DS01 didn't make has to be named.
  const containers = all.filter(({ managed }) => managed);
  if (containers.length === 0) {
    prompter.say('You have no container yet. A few questions make one; Ctrl-C leaves.');
    return 'new';
  }
  const chosen = await prompter.select('What do you want?', [
    ...containers.map((container) => ({ value: container.name, label: labelOf(container) })),
    { value: newContainer, label: 'a new container' },
    { value: gpus, label: 'see the GPUs: what is free' },
    { value: leave, label: 'nothing' },
  ]);
  if (chosen === newContainer) return 'new';
  if (chosen === gpus) return ['gpu', 'status'];
  const container = containers.find(({ name }) => name === chosen);
  return container === undefined ? 'nothing' : askVerb(prompter, container);
}

async function askVerb(prompter: Prompter, container: ContainerSummary): Promise<Wish> {
  const chosen = await prompter.select(`${container.name}:`, verbsFor(container));
  return chosen === leave ? 'nothing' : ['container', chosen, container.name];
}

/** What makes sense with a container, what is wanted most first. */
export function verbsFor({ state }: Pick<ContainerSummary, 'state'>): readonly Choice<string>[] {
  const always = [
    { value: 'retire', label: 'retire it', hint: 'you are done: it goes, your files stay' },
    { value: 'show', label: 'see everything about it' },
    { value: leave, label: 'nothing' },
  ];
  const stop = { value: 'stop', label: 'stop it', hint: 'its GPU is kept for a while' };
  if (state === 'running') {
    return [{ value: 'run', label: 'open a shell in it' }, stop, ...always];
  }
  if (state === 'paused') {
    return [{ value: 'unpause', label: 'let it go on' }, stop, ...always];
  }
  return [
    { value: 'run', label: 'start it and open a shell' },
    { value: 'start', label: 'start it in the background' },
    ...always,
  ];
}
