import type { SchedulerPolicy } from '@ds01/scheduler';
import { replay, type Trace } from '@ds01/scheduler/replay';

/** Mean waits in hours under each order of the queue. */
export function compareOrders(trace: Trace): readonly string[] {
  const orders: readonly SchedulerPolicy['order'][] = ['fifo', 'fair-share', 'backfill'];
  return orders.map((order) => {
    const policy = { order, half_life_days: 7, group_weights: {}, ageing_h: 72 };
    const { meanWaitMs, fairness } = replay(trace, policy);
    return `${order}: ${(meanWaitMs / 3_600_000).toFixed(1)} h, fairness ${fairness.toFixed(2)}`;
  });
}
