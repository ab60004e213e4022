import { homedir } from 'node:os';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { noCompletion, type Candidate, type Completion } from '@ds01/command-line';
import type { ValueRequest } from '@ds01/command-line';
import type { ContainerSummary } from '@ds01/contracts';
import type { Api } from '@ds01/ports';
import type { Runtime } from '../runtime.ts';
import { frameworks, imageOperands, imageTags } from './image-values.ts';

type State = ContainerSummary['state'];

/** What completion asks the daemon, or this process, for; acting for a user or for the caller. */
export interface Known {
  /** Calls the operations; what it can't give in time is an error. */
  readonly ask: <Result>(
    actFor: string | null,
    question: (api: Api, signal: AbortSignal) => Promise<Result>,
  ) => Promise<Result>;
}

/** Which containers a verb is for; the others take all. */
const statesOf: Readonly<Record<string, readonly State[]>> = {
  start: ['stopped', 'created', 'paused'],
  stop: ['running', 'paused'],
  pause: ['running'],
  unpause: ['paused'],
  exec: ['running'],
  attach: ['running'],
  cp: ['running'],
  top: ['running'],
  forward: ['running'],
  keep: ['running', 'paused'],
};

const files: Completion = { ...noCompletion, paths: 'files' };
const folders: Completion = { ...noCompletion, paths: 'folders' };

/** Values of flags by their long names, as far as anything is known of them. */
const flagValues: Readonly<
  Record<string, (request: ValueRequest<Runtime>, known: Known) => Promise<Completion> | Completion>
> = {
  '--image': images,
  '--workspace': () => folders,
  '--data': () => folders,
  '--secret': () => files,
  '--env-file': () => files,
  '--project': projects,
  '--network': () => words('private', 'none', 'host'),
  '--gpus': () => words('1', '2', '4', '8'),
  '--num-gpus': () => words('1', '2', '4', '8'),
  '--mig': profiles,
  '--gpu-type': models,
  '--user': users,
  '--tag': imageTags,
  '--to': imageTags,
  '--build': imageTags,
  '--base': images,
  '--framework': frameworks,
  '--type': () => words('ml', 'cv', 'nlp', 'rl', 'audio', 'ts', 'llm', 'custom'),
  '--format': () => words('spdx', 'cyclonedx'),
  '--requirements': () => files,
  '--conda': () => files,
  '--dockerfile': () => files,
  '--output': () => files,
  '--for': () => words('1h', '2h', '6h', '1d'),
  '--wait': () => words('30m', '2h', '8h', '1d'),
  '--by': () => words('1h', '2h', '6h', '1d'),
  '--mail': () => words('on', 'off'),
  '--context': () => folders,
  '--since': ({ spec }) =>
    spec.verb === 'events' ? words('today', 'yesterday', '1h', '1d', '7d') : words('10m', '1h'),
  '--container': (request, known) => containers(request, known, null),
};

/** Values for the word under the cursor; the caller drops those that don't begin as it does. */
export async function valuesFor(request: ValueRequest<Runtime>, known: Known): Promise<Completion> {
  const { flag, spec, operands } = request;
  if (flag !== null) {
    const name = /--[\w-]+/.exec(flag.flags)?.[0] ?? '';
    if (spec.verb === 'events' && name === '--type') return eventTypeWords();
    if (flag.flags.endsWith('<on|off>')) return words('on', 'off');
    return (await flagValues[name]?.(request, known)) ?? noCompletion;
  }
  if (spec.noun === 'queue') return operands.length === 0 ? waiting(request, known) : noCompletion;
  if (spec.verb === 'completion') return words('bash', 'zsh', 'fish');
  if (spec.noun === 'image' && spec.verb !== 'install') return imageOperands(request, known);
  if (spec.noun === 'image' && operands.length === 0) return containers(request, known, null);
  if (spec.noun !== 'container' || (operands.length > 0 && spec.verb !== 'cp')) return noCompletion;
  if (spec.verb === 'deploy' || spec.verb === 'create') return newNames(request, known);
  const names = await containers(request, known, statesOf[spec.verb] ?? null);
  if (spec.verb !== 'cp') return names;
  const inside = names.candidates.map((one) => ({ ...one, value: `${one.value}:` }));
  return { candidates: inside, paths: 'files', open: true };
}

function words(...values: readonly string[]): Completion {
  return { ...noCompletion, candidates: values.map((value) => ({ value })) };
}

/** What waits for a GPU, by the names of its containers. */
async function waiting({ valueOf }: ValueRequest<Runtime>, { ask }: Known): Promise<Completion> {
  const { entries } = await ask(valueOf('--user'), (api, signal) =>
    api.call('queue.list', { mine: true }, { signal }),
  );
  return given(
    entries.map(({ id, container, asksFor }) => ({ value: container ?? id, description: asksFor })),
  );
}

async function eventTypeWords(): Promise<Completion> {
  const { eventTypes } = await import('@ds01/contracts/lifecycle');
  return words(...eventTypes);
}

function given(candidates: readonly Candidate[]): Completion {
  return { ...noCompletion, candidates };
}

async function containers(
  { valueOf }: ValueRequest<Runtime>,
  { ask }: Known,
  states: readonly State[] | null,
): Promise<Completion> {
  const all = await ask(valueOf('--user'), (api, signal) =>
    api.call('containers.list', { all: true }, { signal }),
  );
  return given(
    all.containers
      .filter(({ state }) => states === null || states.includes(state))
      .map(({ name, dockerName, managed, state, image }) => ({
        value: managed ? name : dockerName,
        description: `${state}, ${image}`,
      })),
  );
}

async function images({ valueOf }: ValueRequest<Runtime>, { ask }: Known): Promise<Completion> {
  const found = await ask(valueOf('--user'), (api, signal) =>
    api.call('images.list', {}, { signal }),
  );
  return given(
    found.images.map(({ name, own }) => ({
      value: name,
      description: own ? 'yours' : 'everybody’s',
    })),
  );
}

/** A container is called like one's image, or like what it was before. */
async function newNames(request: ValueRequest<Runtime>, known: Known): Promise<Completion> {
  const [own, before] = await Promise.all([
    images(request, known),
    containers(request, known, ['stopped', 'created']),
  ]);
  const named = own.candidates.filter(
    ({ value, description }) => description === 'yours' && !/[:/]/.test(value),
  );
  const known_ = new Set(before.candidates.map(({ value }) => value));
  return given([...before.candidates, ...named.filter(({ value }) => !known_.has(value))]);
}

async function projects(): Promise<Completion> {
  const entries = await readdir(join(homedir(), 'workspace'), { withFileTypes: true });
  return words(...entries.filter((entry) => entry.isDirectory()).map(({ name }) => name));
}

async function profiles(request: ValueRequest<Runtime>, known: Known): Promise<Completion> {
  const { devices } = await gpus(request, known);
  const slots = devices.flatMap((device) => device.slots);
  const names = new Set(slots.flatMap(({ profile }) => (profile === null ? [] : [profile])));
  return words(...[...names].toSorted());
}

async function models(request: ValueRequest<Runtime>, known: Known): Promise<Completion> {
  const { devices } = await gpus(request, known);
  // A model has blanks in its name; the part that tells models apart has none.
  const parts = devices.map(({ model }) => /[A-Z]+\d+\w*/.exec(model)?.[0] ?? '');
  return words(...new Set(parts.filter((part) => part !== '')));
}

function gpus({ valueOf }: ValueRequest<Runtime>, { ask }: Known) {
  return ask(valueOf('--user'), (api, signal) => api.call('gpus.status', {}, { signal }));
}

/** Only administrators get an answer. */
async function users(_: ValueRequest<Runtime>, { ask }: Known): Promise<Completion> {
  const found = await ask(null, (api, signal) => api.call('admin.users', {}, { signal }));
  return words(...found.users.flatMap(({ user }) => (user === null ? [] : [user])));
}
