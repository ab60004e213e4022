import { z } from 'zod';
import { amount, integer, section, text } from '../setting-values.ts';

/** Section `queue` of `ds01.yaml`: the rules of the queue. */
export const queueSettingsSchema = z.strictObject(
  {
    /** `fifo`: by age alone; `fair-share`: who used less comes first; `backfill`: also fills gaps. */
    order: z
      .enum(['fifo', 'fair-share', 'backfill'], { error: 'fifo, fair-share or backfill' })
      .default('backfill'),
    /** After so long half of what somebody used is forgotten. */
    half_life_days: amount(3650, 'days').min(0.001, { error: 'more than 0 days' }).default(7),
    /** Shares of people of a group; 1 where nothing is said. */
    group_weights: z
      .record(
        text('the name of a group', /^[a-z0-9_]{1,64}$/),
        amount(1_000_000, 'shares').min(0.001, { error: 'more than 0 shares' }),
        { error: 'a mapping of groups to shares' },
      )
      .default({}),
    /** So long a wait outweighs any use: then age alone counts within the class. */
    ageing_h: amount(8760, 'hours').default(72),
    /** How long what was granted is kept for somebody who isn't there. */
    claim_window_s: amount(86_400, 'seconds')
      .min(1, { error: 'a number of seconds, 1 to 86400' })
      .default(120),
    /** Requests that one person may have waiting. */
    max_waiting: integer(0, 10_000, 'requests').default(2),
  },
  { error: section },
);
/** Section `queue` of `ds01.yaml`. */
export type QueueSettings = z.infer<typeof queueSettingsSchema>;
