import type { ContainerId, RouteOutput } from '@ds01/contracts';
import type { LifecycleRule } from '@ds01/contracts/lifecycle';

/** What a container uses, as the last pass measured it. */
export interface LatestUse {
  /** 100 is one CPU; `null` before it was measured twice. */
  readonly cpuPercent: number | null;
  readonly memoryBytes: number | null;
  readonly memoryLimitBytes: number | null;
  /** Unix milliseconds; `null` before anything was known. */
  readonly lastActiveAtMs: number | null;
}

/** The loop that applies the rules, as operations see it. */
export interface LifecycleLoop {
  status(): RouteOutput<'admin.lifecycle.status'>;
  /** By container; those without processes are absent. */
  latest(): ReadonlyMap<ContainerId, LatestUse>;
  /** One pass now; `null` is all rules. */
  run(rule: LifecycleRule | null): Promise<RouteOutput<'admin.lifecycle.run'>>;
  /** Something changed that it has no event for: look again soon. */
  wake(): void;
}
