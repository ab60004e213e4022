import {
  formatBytes,
  parseMigProfile,
  type AllocationPolicy,
  type GpuRequest,
  type PlacementReason,
} from '@ds01/contracts';
import type { SlotView } from './view.ts';

/** A request in the allocator's own terms. */
export interface Want {
  readonly kind: GpuRequest['kind'];
  readonly count: number;
  /** What was asked, for a sentence: `2 whole GPUs with at least 40 GiB`. */
  readonly text: string;
  /** Why a slot isn't what was asked for, whoever uses it now; empty when it is. */
  mismatches(view: SlotView): readonly PlacementReason[];
}

const nothingWrong: readonly PlacementReason[] = [];
const fullNotAllowed: readonly PlacementReason[] = [
  { code: 'full-gpu-not-allowed', message: 'whole GPUs are not allowed for this user' },
];
const notRequested: readonly PlacementReason[] = [
  { code: 'not-requested', message: 'not one of the requested devices' },
];
const noGpuRequested: readonly PlacementReason[] = [
  { code: 'not-requested', message: 'no GPU was requested' },
];
const notWhole: readonly PlacementReason[] = [
  { code: 'not-a-whole-gpu', message: 'a MIG instance, not a whole GPU' },
];

/** Reads a request under a policy. */
export function wantOf(request: GpuRequest, policy: AllocationPolicy): Want {
  const permission = policy.allowFullGpu ? () => nothingWrong : fullGpuRule;
  switch (request.kind) {
    case 'none':
      return { kind: 'none', count: 0, text: 'no GPU', mismatches: () => noGpuRequested };
    case 'exact': {
      const uuids = new Set<string>(request.uuids);
      return {
        kind: 'exact',
        count: uuids.size,
        text: uuids.size === 1 ? 'one particular device' : `${uuids.size} particular devices`,
        mismatches: (view) => (uuids.has(view.slot.uuid) ? permission(view) : notRequested),
      };
    }
    case 'any':
      return {
        kind: 'any',
        count: 1,
        text: `one GPU slot${qualities(request)}`,
        mismatches: join(modelRule(request.model), memoryRule(request.minMemoryBytes), permission),
      };
    case 'whole':
      return {
        kind: 'whole',
        count: request.count,
        text: `${request.count} whole ${request.count === 1 ? 'GPU' : 'GPUs'}${qualities(request)}`,
        mismatches: join(
          (view) => (view.slot.migIndex === null ? nothingWrong : notWhole),
          modelRule(request.model),
          memoryRule(request.minMemoryBytes),
          permission,
        ),
      };
    case 'mig':
      return {
        kind: 'mig',
        count: request.count,
        text: `${request.count} x ${normalProfile(request.profile)}${qualities(request)}`,
        mismatches: join(profileRule(request.profile), modelRule(request.model)),
      };
  }
}

/** A profile's name without spaces and in lower case. */
export function normalProfile(profile: string): string {
  return profile.replaceAll(/\s+/g, '').toLowerCase();
}

/** True if a profile's name has the form of one. */
export function isProfile(profile: string): boolean {
  return parseMigProfile(normalProfile(profile)) !== undefined;
}

type Rule = (view: SlotView) => readonly PlacementReason[];

function join(...rules: readonly Rule[]): Rule {
  return (view) => {
    let found = nothingWrong;
    for (const rule of rules) {
      const reasons = rule(view);
      if (reasons.length > 0) found = found.length === 0 ? reasons : [...found, ...reasons];
    }
    return found;
  };
}

function fullGpuRule(view: SlotView): readonly PlacementReason[] {
  return view.slot.migIndex === null ? fullNotAllowed : nothingWrong;
}

function profileRule(profile: string): Rule {
  const asked = normalProfile(profile);
  const wrong: readonly PlacementReason[] = [
    { code: 'wrong-profile', message: `the profile is not ${asked}` },
  ];
  return ({ slot }) =>
    slot.profile !== null && normalProfile(slot.profile) === asked ? nothingWrong : wrong;
}

function modelRule(model: string | undefined): Rule {
  if (model === undefined) return () => nothingWrong;
  const known = new Map<string, readonly PlacementReason[]>();
  return ({ slot }) => {
    const before = known.get(slot.model);
    if (before !== undefined) return before;
    const reasons: readonly PlacementReason[] = modelMatches(slot.model, model)
      ? nothingWrong
      : [{ code: 'wrong-model', message: `the model is ${slot.model}, not ${model}` }];
    known.set(slot.model, reasons);
    return reasons;
  };
}

function memoryRule(minMemoryBytes: number | undefined): Rule {
  if (minMemoryBytes === undefined) return () => nothingWrong;
  const least = formatBytes(minMemoryBytes);
  const unknown: readonly PlacementReason[] = [
    { code: 'memory-unknown', message: `its memory is unknown, ${least} were asked for` },
  ];
  return ({ slot }) => {
    if (slot.memoryBytes === null) return unknown;
    if (slot.memoryBytes >= minMemoryBytes) return nothingWrong;
    const message = `it has ${formatBytes(slot.memoryBytes)}, ${least} were asked for`;
    return [{ code: 'too-little-memory', message }];
  };
}

/**
 * True if every word of what was asked stands in the model's name in that order: `a100` and
 * `A100 40GB` match `NVIDIA A100-SXM4-40GB`, `L40` doesn't match `NVIDIA L40S`.
 */
export function modelMatches(model: string, asked: string): boolean {
  const wanted = wordsOf(asked);
  let found = 0;
  for (const word of wordsOf(model)) if (word === wanted[found]) found += 1;
  return wanted.length > 0 && found === wanted.length;
}

function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

function qualities(request: {
  readonly model?: string | undefined;
  readonly minMemoryBytes?: number | undefined;
}): string {
  const model = request.model === undefined ? '' : ` of model ${request.model}`;
  if (request.minMemoryBytes === undefined) return model;
  return `${model} with at least ${formatBytes(request.minMemoryBytes)}`;
}
