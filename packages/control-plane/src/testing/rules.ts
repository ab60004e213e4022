import type { ContainerId } from '@ds01/contracts';
import type { EventRecord } from '@ds01/ports';
import { createLifecycle, type Lifecycle } from '../lifecycle/create-lifecycle.ts';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { createTurns, type Turns } from '../operations/turns.ts';
import { roomyLimits, type World } from './world.ts';

/** Limits of everybody with an idle timeout of a minute, and whatever `defaults` and `policies` say. */
export function shortLimits(
  more: {
    readonly defaults?: Readonly<Record<string, number | null>>;
    readonly policies?: string;
  } = {},
): string {
  const lines = Object.entries({ idle_timeout_h: 1 / 60, ...more.defaults }).map(
    ([key, value]) => `  ${key}: ${String(value)}`,
  );
  return `${roomyLimits.replace('defaults:', ['defaults:', ...lines].join('\n'))}
policies:
  grace_period_m: 0
${more.policies ?? ''}`;
}

/** The rules at work in a world, whose clock moves only with them. */
export interface Rules {
  readonly lifecycle: Lifecycle;
  readonly turns: Turns;
  /** A container does nothing, as far as anybody can measure. */
  idle(id: ContainerId): void;
  /** Passes and waits, as the daemon does, for that long. */
  live(durationMs: number): Promise<void>;
  /** One pass, and all that follows at once. */
  pass(): Promise<void>;
}

/** Rules that begin with nothing but what the ledger remembers. */
export function createRules(
  world: World,
  options: { readonly deps?: ControlPlaneDependencies } = {},
): Rules {
  const turns = createTurns();
  let woken = false;
  const lifecycle = createLifecycle(options.deps ?? world.deps(), {
    turns,
    onWake: () => {
      woken = true;
    },
  });
  const passOnce = async (): Promise<number> => {
    for (let count = 0; ; count += 1) {
      if (count > 20) throw new Error('the rules never come to rest');
      woken = false;
      const { waitMs } = await lifecycle.pass();
      await lifecycle.settled();
      if (!woken) return waitMs;
    }
  };
  return {
    lifecycle,
    turns,
    idle: (id) => {
      const nothing = { memoryBytes: 0, memoryLimitBytes: null, processes: 1 };
      world.activity.readings.set(id, {
        cpuTimeMs: 0,
        networkBytes: 0,
        inputAtMs: null,
        ...nothing,
      });
    },
    async live(durationMs) {
      let leftMs = durationMs;
      for (let count = 0; ; count += 1) {
        if (count > 20_000) throw new Error('the rules wait too often');
        const waitMs = Math.min(await passOnce(), leftMs);
        if (leftMs <= 0) return;
        world.clock.advance(waitMs);
        leftMs -= waitMs;
      }
    },
    pass: async () => {
      await passOnce();
    },
  };
}

/** Events whose type begins so, oldest first. */
export function eventsOf(world: World, typePrefix: string): readonly EventRecord[] {
  const all = { sinceMs: null, untilMs: null, of: null, containers: null, beforeId: null };
  return world.store.transaction(({ events }) => events.list({ ...all, typePrefix, limit: 1000 }));
}

/** Their types. */
export function eventTypes(world: World, typePrefix: string): readonly string[] {
  return eventsOf(world, typePrefix).map(({ event }) => event.type);
}
