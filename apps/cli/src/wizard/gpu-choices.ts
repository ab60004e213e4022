import type { GpuExplainOutput, GpuRequest, GpuStatusOutput } from '@ds01/contracts';
import type { Choice } from './prompter.ts';

/** A kind of GPU of which some are free, the request for one, and its words on the command line. */
export interface FreeKind {
  readonly request: GpuRequest;
  readonly words: readonly string[];
  /** For people: `a 1g.10gb slice of NVIDIA A100, 3 free`. */
  readonly text: string;
}

/** Kinds that are free now: whole GPUs first, then slices, large ones first. */
export function freeKinds(status: GpuStatusOutput): readonly FreeKind[] {
  const free = status.devices
    .flatMap(({ model, slots }) => slots.map((slot) => ({ ...slot, model })))
    .filter(({ state }) => state === 'free')
    .toSorted((one, other) => other.gpuEquivalents - one.gpuEquivalents);
  const profiles = [...new Set(free.map(({ profile }) => profile))];
  return profiles.map((profile) => {
    const some = free.filter((slot) => slot.profile === profile);
    const models = [...new Set(some.map(({ model }) => model))].join(', ');
    const count = `${some.length} free`;
    return profile === null
      ? {
          request: { kind: 'whole', count: 1 },
          words: ['--gpus', '1'],
          text: `a whole GPU: ${models}, ${count}`,
        }
      : {
          request: { kind: 'mig', profile, count: 1 },
          words: ['--mig', profile],
          text: `a ${profile} slice of ${models}, ${count}`,
        };
  });
}

/** A wish for a GPU, and the words of the command line for it. */
export interface GpuChoice extends Choice<string> {
  readonly words: readonly string[];
}

/** What may be chosen; the first is what most people want. */
export interface GpuChoices {
  readonly choices: readonly GpuChoice[];
  /** Why there is no GPU to choose; `null` when there is one. */
  readonly refusal: string | null;
}

/**
 * Choices of GPUs: whatever the server would give on its own, each kind that is free and allowed, and
 * none. `any` is the answer to a request without wishes; kinds that are refused aren't offered.
 */
export function gpuChoices(
  any: GpuExplainOutput,
  kinds: readonly { readonly kind: FreeKind; readonly allowed: boolean }[],
): GpuChoices {
  const allowed = kinds.filter((kind) => kind.allowed);
  const placed = any.decision === 'placed';
  const largest = {
    value: 'any',
    label: 'the largest that is free',
    hint: `now ${any.slots.join(', ')}`,
    words: [],
  };
  // With one kind there is nothing to choose from.
  const wishes = placed && allowed.length < 2 ? [] : allowed.map(({ kind }) => kind);
  const none = {
    value: 'none',
    label: 'no GPU',
    hint: 'to prepare things; the GPUs stay free for others',
    words: ['--cpu-only'],
  };
  return {
    choices: [
      ...(placed ? [largest] : []),
      ...wishes.map(({ words, text }) => ({ value: words.join(' '), label: text, words })),
      none,
    ],
    refusal: placed || allowed.length > 0 ? null : any.reason,
  };
}
