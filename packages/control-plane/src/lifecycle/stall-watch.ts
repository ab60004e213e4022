import { formatDuration } from '@ds01/contracts';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { appendEvent } from '../events/record-event.ts';
import { queueSiteNotice } from '../notifications/queue.ts';
import { loadCurrentPolicy } from '../policy.ts';
import { slowIntervalMs } from './looking/wait-after.ts';

/** Silence that is told: within two periods the alert is out, also where the watch looks every 5 s. */
const stallAfterMs = 2 * slowIntervalMs - 10_000;

/** Watches the rules from outside of their loop. */
export interface StallWatch {
  /** Looks; to be called by a timer of its own. True when somebody has to be told. */
  check(): boolean;
  /** Unix milliseconds since which nothing was looked at, or measured; `null` when all is well. */
  stalledSinceMs(): number | null;
}

type Kind = 'passes' | 'measurements';
const words: Readonly<Record<Kind, string>> = {
  passes: 'The rules have not looked at the containers',
  measurements: 'Nothing could be measured in the containers',
};

/** A watch over a loop. Each silence is told once, and its end. Never fails. */
export function createStallWatch(
  deps: Pick<ControlPlaneDependencies, 'store' | 'clock' | 'logger' | 'policyFiles'>,
  loop: {
    /** {@link SteadyClock.bootMs} of the last pass, and of the last measurement. */
    lastAtBootMs(): { readonly pass: number; readonly sample: number };
  },
): StallWatch {
  const stalled = new Map<Kind, number>();
  const nobody = { user: null, uid: null, container: null, containerId: null };

  const tellStalled = (what: Kind, sinceMs: number): void => {
    const { settings } = loadCurrentPolicy(deps, { dryRun: true });
    deps.store.transaction((transaction) => {
      const nowMs = deps.clock.nowMs();
      const details = { what, sinceMs: Math.round(sinceMs) };
      appendEvent(transaction, { type: 'lifecycle.stalled', ...nobody, details }, nowMs);
      queueSiteNotice(
        transaction,
        { policy: { settings }, nowMs },
        {
          title: `${settings.site.name}: ${words[what].toLowerCase()} for ${formatDuration(sinceMs)}`,
          lines: [
            `${words[what]} for ${formatDuration(sinceMs)}.`,
            'Until they do, no idle container is stopped and no GPU comes back by itself.',
            'What is wrong: ds01 doctor, and the log of ds01d.',
          ],
          staleAtMs: null,
        },
      );
    });
  };
  const tellRecovered = (what: Kind): void => {
    deps.store.transaction((transaction) => {
      const event = { type: 'lifecycle.recovered' as const, ...nobody, details: { what } };
      appendEvent(transaction, event, deps.clock.nowMs());
    });
  };

  const checkOne = (what: Kind, lastMs: number): boolean => {
    const sinceMs = deps.clock.bootMs() - lastMs;
    if (sinceMs >= stallAfterMs) {
      if (stalled.has(what)) return false;
      deps.logger.error('the rules stall', { what, sinceMs });
      tellStalled(what, sinceMs);
      stalled.set(what, deps.clock.nowMs() - sinceMs);
      return true;
    }
    if (!stalled.has(what)) return false;
    tellRecovered(what);
    stalled.delete(what);
    return false;
  };
  return {
    check() {
      const { pass, sample } = loop.lastAtBootMs();
      try {
        const passes = checkOne('passes', pass);
        // Without passes there are no measurements, and one alert says so.
        const measurements = stalled.has('passes') ? false : checkOne('measurements', sample);
        return passes || measurements;
      } catch (error) {
        deps.logger.error('a silence of the rules could not be told', { error: String(error) });
        return false;
      }
    },
    stalledSinceMs: () => (stalled.size === 0 ? null : Math.min(...stalled.values())),
  };
}
