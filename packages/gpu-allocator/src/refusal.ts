import type { PlacementReason } from '@ds01/contracts';
import { formatAmount } from './amount.ts';
import type { Judged } from './judge.ts';
import { allows } from './quota.ts';
import { clashesOf } from './reserved.ts';
import { disjoint } from './search.ts';
import { weightOf, type Question, type Verdict } from './select.ts';
import { normalProfile } from './want.ts';

/** A refusal in words and values. */
export interface Explanation {
  readonly reason: string;
  readonly details: Readonly<Record<string, string | number | boolean | null>>;
}

/**
 * Says what was asked, what is allowed or there, and what would fit. Holders are told by lease id in
 * `details.holders` (comma-separated), never by name; for whom something is reserved isn't told either.
 */
export function explain(question: Question, verdict: Verdict): Explanation {
  const { want, policy } = question;
  const asked = capitalised(`${want.text} ${want.count === 1 ? 'was' : 'were'} asked for`);
  const base = { asked: want.text, askedSlots: want.count, wouldFit: alternatives(question) };
  switch (verdict.code) {
    case 'gpu.full-not-allowed':
      return withAlternatives(question, base, `${asked}, but this user may have MIG slices only`);
    case 'quota.slots-per-container': {
      const allowed = policy.maxSlotsPerContainer;
      return {
        reason: `${asked}, but one container may have ${allowed ?? 'any number'} at most.`,
        details: { ...base, allowed, limitKey: 'max_gpu_slots_per_container' },
      };
    }
    case 'quota.gpu-exceeded':
    case 'quota.aggregate-gpu-exceeded':
      return overQuota(question, verdict, base);
    case 'gpu.invalid-profile':
      return withAlternatives(question, base, `${asked}, but that isn't the name of a MIG profile`);
    case 'gpu.no-match':
      return noMatch(question, base, asked);
    case 'gpu.gone':
      return verdict.retryable ? notFree(question, base, asked) : gone(question, base, asked);
    case 'gpu.reserved':
      return notFree(question, { ...base, freeUntilMs: freeUntilMs(question) }, asked);
    default:
      return notFree(question, base, asked);
  }
}

type Details = Explanation['details'];

function overQuota(question: Question, verdict: Verdict, base: Details): Explanation {
  const { want, quota } = question;
  const weight =
    verdict.asked === undefined ? '' : ` (${formatAmount(verdict.asked)} GPU equivalents)`;
  const verb = want.count === 1 ? 'was' : 'were';
  const used = formatAmount(quota.used);
  const allowed = formatAmount(quota.allowed);
  const why = verdict.retryable
    ? `${used} of the ${allowed} that this user may have are in use`
    : `this user may have ${allowed} at most`;
  return {
    reason: `${capitalised(want.text)}${weight} ${verb} asked for, but ${why}.`,
    details: {
      ...base,
      askedGpuEquivalents: verdict.asked?.value ?? null,
      used: quota.used.value,
      allowed: quota.allowed.value,
      limitKey: quota.limitKey,
    },
  };
}

function noMatch(question: Question, base: Details, asked: string): Explanation {
  const { judged, want } = question;
  if (judged.length === 0) {
    return { reason: `${asked}, but this server has no GPU to give out.`, details: base };
  }
  const suitable = judged.filter((entry) => entry.mismatches.length === 0).length;
  const unknown = judged.filter(hasUnknownMemory).length;
  const there =
    suitable === 0
      ? 'this server has none'
      : `this server has ${suitable}${suitable >= want.count ? ' on shared memory' : ''}`;
  const unread = unknown === 0 ? '' : `; the memory of ${unknown} more is unknown`;
  const details = { ...base, suitable, memoryUnknown: unknown, slots: inventoryText(judged) };
  return { reason: `${asked}, but ${there}${unread}. It has: ${details.slots}.`, details };
}

function gone(question: Question, base: Details, asked: string): Explanation {
  const { request, judged } = question;
  const present = new Set<string>(judged.map((entry) => entry.view.slot.uuid));
  const uuids = request.kind === 'exact' ? request.uuids : [];
  const missing = [...new Set(uuids.filter((uuid) => !present.has(uuid)))].sort().join(', ');
  const why =
    missing === '' ? 'they share memory and can’t be had together' : `not there: ${missing}`;
  return { reason: `${asked}, but ${why}.`, details: { ...base, missing } };
}

function notFree(question: Question, base: Details, asked: string): Explanation {
  const { want, judged, quota } = question;
  const suitable = judged.filter((entry) => entry.mismatches.length === 0);
  const taken = suitable.filter((entry) => entry.obstacles.length > 0);
  const free = suitable.length - taken.length;
  const why = countReasons(taken);
  const unused = free < want.count ? [] : [unusedText(question, free)];
  return {
    reason: `${asked}, but ${free} of ${suitable.length} ${free === 1 ? 'is' : 'are'} free: ${[...why, ...unused].join(', ')}.`,
    details: {
      ...base,
      suitable: suitable.length,
      free,
      leftGpuEquivalents: quota.left.value === Infinity ? null : quota.left.value,
      holders: holdersOf(taken),
    },
  };
}

/** Until when as many as were asked for could be had, before their reservations begin; Unix ms. */
function freeUntilMs({ want, judged, policy, nowMs }: Question): number | null {
  const begins = judged
    .filter(({ mismatches, obstacles }) => mismatches.length === 0 && obstacles.every(isSoon))
    .map(({ view }) => {
      const clashes = clashesOf([...view.reservations, ...view.upcoming], policy, nowMs);
      return clashes[0]?.atMs ?? Infinity;
    });
  const latestFirst = begins.sort((left, right) => (left === right ? 0 : right - left));
  const untilMs = latestFirst[want.count - 1] ?? null;
  return untilMs === Infinity ? null : untilMs;
}

function isSoon({ code }: PlacementReason): boolean {
  return code === 'reserved-soon';
}

/** In the order of the slots, which is numeric. */
function holdersOf(taken: readonly Judged[]): string {
  const ids = new Set<string>();
  for (const { view } of taken) for (const { lease } of view.blockers) ids.add(lease.id);
  return [...ids].join(',');
}

/** Why the free ones don't do although there are enough of them. */
function unusedText({ want, judged, quota }: Question, free: number): string {
  const views = judged
    .filter((entry) => entry.mismatches.length === 0 && entry.obstacles.length === 0)
    .map((entry) => entry.view);
  if (disjoint(views, want.count).length < want.count) return `${free} sharing memory among them`;
  return `${free} free but above what is left of the quota (${formatAmount(quota.left)})`;
}

const takenTexts: Partial<Record<PlacementReason['code'], string>> = {
  leased: 'leased',
  'shares-memory': 'sharing memory with a leased slot',
  lost: 'blocked by the lease of a device that vanished',
  busy: 'used by processes outside any container',
  unhealthy: 'unhealthy',
  'health-unknown': 'of unknown health',
  'reserved-for-other': 'reserved for somebody else',
  'reserved-soon': 'reserved for somebody else before this could end',
};

function countReasons(taken: readonly Judged[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const { obstacles } of taken) {
    const code = obstacles[0]?.code;
    const text = (code === undefined ? undefined : takenTexts[code]) ?? 'taken';
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return [...counts].map(([text, count]) => `${count} ${text}`);
}

function withAlternatives(question: Question, details: Details, sentence: string): Explanation {
  const fitting = alternatives(question);
  const rest = fitting === '' ? 'nothing that they may have is free now' : `free now: ${fitting}`;
  const slots = inventoryText(question.judged);
  return { reason: `${sentence}; ${rest}.`, details: { ...details, slots } };
}

/** Free slots that this user may have one of, as `2 x 1g.5gb, 3g.20gb`. */
function alternatives({ judged, policy, quota }: Question): string {
  return kindsText(
    judged.filter(
      ({ view, obstacles }) =>
        obstacles.length === 0 &&
        (policy.allowFullGpu || view.slot.migIndex !== null) &&
        (policy.maxSlotsPerContainer ?? 1) >= 1 &&
        allows(quota, weightOf([view])),
    ),
  );
}

function inventoryText(judged: readonly Judged[]): string {
  return judged.length === 0 ? 'none' : kindsText(judged);
}

function kindsText(judged: readonly Judged[]): string {
  const counts = new Map<string, number>();
  for (const { view } of judged) {
    const { profile, migIndex } = view.slot;
    const kind = migIndex === null ? 'whole GPU' : profileText(profile);
    const text = `${kind} (${view.slot.model})`;
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return [...counts].map(([text, count]) => (count === 1 ? text : `${count} x ${text}`)).join(', ');
}

function profileText(profile: string | null): string {
  return profile === null ? 'MIG instance of unknown profile' : normalProfile(profile);
}

function hasUnknownMemory({ mismatches }: Judged): boolean {
  return mismatches.length === 1 && mismatches[0]?.code === 'memory-unknown';
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
