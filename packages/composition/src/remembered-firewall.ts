import type { Clock, Firewall } from '@ds01/ports';

/** How long rules that were found in force are taken to be. */
const believedMs = 10_000;

/**
 * A firewall that is asked at most every 10 s while its rules are in force: only somebody with root's
 * rights takes them away, and looking costs a start more than everything else that DS01 does. What
 * could not be enforced, or was found missing, is looked at the next time.
 */
export function rememberFirewall(firewall: Firewall, clock: Pick<Clock, 'nowMs'>): Firewall {
  let foundAtMs: number | null = null;
  return {
    async ensure() {
      const nowMs = clock.nowMs();
      const ageMs = foundAtMs === null ? Number.POSITIVE_INFINITY : nowMs - foundAtMs;
      if (ageMs >= 0 && ageMs < believedMs) return { notices: [] };
      const outcome = await firewall.ensure();
      foundAtMs = outcome.notices.length === 0 ? nowMs : null;
      return outcome;
    },
    async inForce() {
      const isInForce = await firewall.inForce();
      if (!isInForce) foundAtMs = null;
      return isInForce;
    },
  };
}
