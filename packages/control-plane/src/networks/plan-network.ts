import { createHash } from 'node:crypto';
import { ds01Error, type Slug } from '@ds01/contracts';
import { overlaps, rangeOf, subnetAt } from './ipv4-ranges.ts';

/** What a network is planned from. */
export interface NetworkPlanInput {
  /** IPv4 range of the site for users' networks, `10.201.0.0/16`. */
  readonly pool: string;
  /** Prefix length of one user's network, 16 to 30. */
  readonly prefix: number;
  /** Subnets that are taken, whoever has them; those of IPv6 don't matter. */
  readonly existing: readonly string[];
  readonly slug: Slug;
}

/** A user's network that doesn't exist yet. */
export interface NetworkPlan {
  readonly name: string;
  readonly bridge: string;
  readonly subnet: string;
}

/** Name of a user's network. */
export function networkNameOf(slug: Slug): string {
  return `ds01-${slug}`;
}

/**
 * Name of a user's bridge interface: 15 characters, as many as the kernel allows. The firewall knows
 * users' bridges by how it begins.
 */
export function bridgeNameOf(slug: Slug): string {
  return `ds01-${createHash('sha256').update(slug).digest('hex').slice(0, 10)}`;
}

/**
 * The lowest subnet of the pool that overlaps nothing existing. Fails with `network.pool-exhausted`
 * when there is none.
 */
export function planNetwork(input: NetworkPlanInput): NetworkPlan {
  const { pool, prefix, slug } = input;
  const first = lowestFree(input);
  if (first === null) {
    throw ds01Error('network.pool-exhausted', {
      message: `No /${String(prefix)} is left in ${pool} for the network of ${slug}.`,
      hint: 'Ask the administrators for a larger network.pool in ds01.yaml.',
      details: { pool, prefix, slug },
    });
  }
  return {
    name: networkNameOf(slug),
    bridge: bridgeNameOf(slug),
    subnet: subnetAt(first, prefix),
  };
}

function lowestFree({ pool, prefix, existing }: NetworkPlanInput): number | null {
  const whole = rangeOf(pool);
  if (whole === null) return null;
  const size = 2 ** (32 - prefix);
  const taken = existing
    .flatMap((subnet) => rangeOf(subnet) ?? [])
    .sort((one, other) => one.first - other.first);
  let first = Math.ceil(whole.first / size) * size;
  for (const range of taken) {
    if (overlaps(range, { first, last: first + size - 1 })) {
      first = Math.ceil((range.last + 1) / size) * size;
    }
  }
  return first + size - 1 <= whole.last ? first : null;
}
