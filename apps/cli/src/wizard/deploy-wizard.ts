import type { ContainerSummary, ImageSummary } from '@ds01/contracts';
import { ds01Error, formatBytes, isDs01Error } from '@ds01/contracts/core';
import { objectNameRule, readObjectName } from '@ds01/contracts';
import type { Api } from '@ds01/ports';
import { freeKinds, gpuChoices, type GpuChoices } from './gpu-choices.ts';
import type { Prompter } from './prompter.ts';

/** What the wizard asks with. */
export interface WizardTools {
  readonly api: Api;
  readonly prompter: Prompter;
  readonly signal: AbortSignal;
}

/** What the command line doesn't say. */
export interface OpenQuestions {
  readonly asksGpu: boolean;
  readonly asksOpen: boolean;
}

/**
 * Asks for image, name, GPU and how to start, and gives the words of the command that does it, after
 * `ds01 container deploy`. Changes nothing. Fails with `image.not-found` when there is no image,
 * `quota.containers-exceeded`, and `operation.interrupted`.
 */
export async function askDeploy(
  tools: WizardTools,
  { asksGpu, asksOpen }: OpenQuestions,
): Promise<readonly string[]> {
  const { api, prompter, signal } = tools;
  const [{ containers }, { images }] = await Promise.all([
    api.call('containers.list', { all: true }, { signal }),
    api.call('images.list', {}, { signal }),
  ]);
  await refuseAtLimit(tools, containers);
  const image = await askImage(prompter, images);
  const name = await askName(prompter, { image, containers });
  const gpu = asksGpu ? await askGpu(tools) : [];
  const open = asksOpen ? await askOpen(prompter) : [];
  return [name, '--image', image, ...gpu, ...open];
}

/** Before four questions are asked in vain. */
async function refuseAtLimit(
  { api, signal }: WizardTools,
  containers: readonly ContainerSummary[],
): Promise<void> {
  const { user } = await api.call('users.me', {}, { signal });
  const { limits } = await api.call('limits.show', { user }, { signal });
  const most = limits.max_containers_per_user.value;
  if (most === null || containers.length < most) return;
  throw ds01Error('quota.containers-exceeded', {
    message:
      `You have ${containers.length} containers and may have ${most}, stopped ones too: ` +
      `${containers.map(({ name }) => name).join(', ')}.`,
    hint: 'ds01 container retire',
  });
}

/** No image is called so. */
const otherImage = '+other';

/** Which image, of those that the person may use, or of a registry. Fails with `image.not-found`. */
export async function askImage(
  prompter: Prompter,
  images: readonly ImageSummary[],
): Promise<string> {
  if (images.length === 0) {
    throw ds01Error('image.not-found', {
      message: 'There is no image on this server that you may use; name one of a registry.',
      hint: 'ds01 container deploy thesis --image pytorch/pytorch:latest',
    });
  }
  const choices = images.map(({ name, own, framework, sizeBytes }) => ({
    value: name,
    label: name,
    hint: [own ? 'yours' : null, framework, formatBytes(sizeBytes)]
      .filter((part) => part !== null)
      .join(', '),
  }));
  const other = { value: otherImage, label: 'another one, of a registry' };
  const chosen = await prompter.select('Which image?', [...choices, other]);
  if (chosen !== otherImage) return chosen;
  return prompter.text('Its name', 'pytorch/pytorch:latest');
}

async function askName(
  prompter: Prompter,
  given: { readonly image: string; readonly containers: readonly ContainerSummary[] },
): Promise<string> {
  const taken = new Set<string>(given.containers.map(({ name }) => name));
  let proposed = suggestedName(given.image, taken);
  for (;;) {
    const read = readObjectName(await prompter.text('What shall it be called?', proposed));
    if (read.ok && !taken.has(read.name)) return read.name;
    proposed = read.ok ? freeName(read.name, taken) : freeName(read.suggestion, taken);
    const why = read.ok
      ? `You have a container "${read.name}" already.`
      : `${JSON.stringify(read.given)} can’t be a name: ${objectNameRule}.`;
    prompter.say(`${why} How about ${proposed}?`);
  }
}

/** `pytorch` for `pytorch/pytorch:2.8`, `pytorch-2` when there is one. */
export function suggestedName(image: string, taken: ReadonlySet<string>): string {
  const last = image.slice(image.lastIndexOf('/') + 1).split(/[:@]/)[0] ?? '';
  const read = readObjectName(last.slice(0, 40));
  return freeName(read.ok ? read.name : read.suggestion, taken);
}

function freeName(base: string, taken: ReadonlySet<string>): string {
  for (let count = 1; ; count += 1) {
    const name = count === 1 ? base : `${base}-${count}`;
    if (!taken.has(name)) return name;
  }
}

async function askGpu(tools: WizardTools): Promise<readonly string[]> {
  const { choices, refusal } = await whatGpus(tools);
  if (refusal !== null) tools.prompter.say(`No GPU for you now: ${refusal}`);
  const chosen = await tools.prompter.select('Which GPU?', choices);
  return choices.find(({ value }) => value === chosen)?.words ?? [];
}

/** What is free and allowed now. A server whose GPUs can't be read has none to give. */
async function whatGpus({ api, signal }: WizardTools): Promise<GpuChoices> {
  try {
    const status = await api.call('gpus.status', { mine: false }, { signal });
    const any = await api.call('gpus.explain', { gpu: { kind: 'any' } }, { signal });
    const kinds = await Promise.all(
      freeKinds(status).map(async (kind) => {
        const answer = await api.call('gpus.explain', { gpu: kind.request }, { signal });
        return { kind, allowed: answer.decision === 'placed' };
      }),
    );
    return gpuChoices(any, kinds);
  } catch (error) {
    if (!isDs01Error(error) || error.code !== 'gpu.probe-failed') throw error;
    const refused = { decision: 'refused' as const, code: error.code, reason: error.message };
    return gpuChoices({ ...refused, slots: [], candidates: [] }, []);
  }
}

async function askOpen(prompter: Prompter): Promise<readonly string[]> {
  const chosen = await prompter.select('And then?', [
    { value: '--open', label: 'open a shell in it' },
    { value: '--background', label: 'start it in the background' },
  ]);
  return [chosen];
}
