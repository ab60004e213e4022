import {
  ds01Error,
  type Ds01Error,
  type Lease,
  type LimitKey,
  type PlacementRefusal,
  type ResolvedLimits,
} from '@ds01/contracts';
import { limitOrigin } from '@ds01/limits';
import type { CurrentPolicy } from './policy.ts';
import { instantOf } from './present.ts';
import { offersUntilReserved, reservedLater } from './reservations/tell.ts';

const limitBehind = {
  'quota.gpu-exceeded': 'max_gpu_equivalents',
  'quota.aggregate-gpu-exceeded': 'aggregate.gpu_limit',
  'quota.slots-per-container': 'max_gpu_slots_per_container',
  'gpu.full-not-allowed': 'allow_full_gpu',
} as const;

/**
 * The error for a refused placement: the reason, where the limit is written, and who holds what
 * until when, as far as the site shows holders.
 */
export function refusalError(
  refusal: PlacementRefusal,
  context: {
    readonly resolved: ResolvedLimits;
    readonly policy: CurrentPolicy;
    readonly leases: readonly Lease[];
    readonly nowMs: number;
  },
): Ds01Error {
  const origin = originOf(refusal, context.resolved);
  const holders = refusal.code === 'gpu.none-free' ? holdersOf(context) : [];
  const parts = [refusal.reason];
  if (origin !== null) parts.push(`The limit is set in ${origin}.`);
  if (origin !== null) parts.push(...foreignOf(context.resolved, context.leases));
  if (holders.length > 0) parts.push(`Held now: ${holders.join('; ')}.`);
  parts.push(...reservedLater(refusal, context));
  return ds01Error(refusal.code, {
    message: parts.join(' '),
    hint: offersUntilReserved(refusal, context)
      ? 'the same command with --until-reserved, or with --wait'
      : hintFor(refusal),
    retryable: refusal.retryable,
    details: {
      ...refusal.details,
      limit: origin,
      holders,
      candidates: refusal.candidates,
    },
  });
}

const statusHints: ReadonlySet<string> = new Set(['gpu.none-free', 'gpu.no-match', 'gpu.reserved']);

function hintFor(refusal: PlacementRefusal): string {
  if (statusHints.has(refusal.code)) return 'ds01 gpu status';
  if (refusal.code === 'gpu.gone') return 'ds01 container start NAME --recreate';
  return 'ds01 limits show';
}

function originOf(refusal: PlacementRefusal, resolved: ResolvedLimits): string | null {
  const code = refusal.code;
  if (!(code in limitBehind)) return null;
  const key = limitBehind[code as keyof typeof limitBehind];
  return `${originText(resolved, key)}, key ${key}`;
}

/** Who is at a limit has to see what counts, also what they didn't make with DS01. */
function foreignOf({ user }: ResolvedLimits, leases: readonly Lease[]): readonly string[] {
  const names = leases
    .filter((lease) => lease.state === 'external' && lease.user === user)
    .map(({ dockerName }) => dockerName);
  return names.length === 0 ? [] : [`${names.join(', ')} counts too, made without DS01.`];
}

/** Where a limit is written, as the end of "is set in ...". */
export function originText(resolved: ResolvedLimits, key: LimitKey): string {
  return resolved.limits[key].file === null ? 'the built-in defaults' : limitOrigin(resolved, key);
}

function holdersOf(context: {
  readonly policy: CurrentPolicy;
  readonly leases: readonly Lease[];
}): readonly string[] {
  const show = context.policy.showHolders;
  if (show === 'none') return [];
  return context.leases.map((lease) => {
    const slots = lease.slots.map((slot) => slot.slot).join(', ');
    const until = lease.heldUntilMs ?? lease.expiresAtMs;
    const end = until === null ? '' : ` until ${instantOf(until)}`;
    return `${slots} by ${holderName(lease, context.policy)}${end}`;
  });
}

/** A holder's name as the site shows it to everyone. */
export function holderName(lease: Pick<Lease, 'user'>, policy: CurrentPolicy): string {
  if (lease.user === null) return 'a container that DS01 did not make';
  return policy.showHolders === 'groups' ? `group ${policy.forUser(lease.user).group}` : lease.user;
}
