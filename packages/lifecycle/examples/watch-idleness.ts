import { evaluate, type Evaluation, type LifecycleMemory } from '@ds01/lifecycle';

/** What doesn't change while a container is watched. */
export type Watched = Omit<Evaluation, 'samples' | 'memory' | 'nowMs'>;

/**
 * Measures a container whenever a sample is due and gives what the rules ask for, as `minute: action`,
 * until they have nothing more to say.
 */
export function watchIdleness(watched: Watched, percentAt: (minute: number) => number): string[] {
  const lines: string[] = [];
  let memory: LifecycleMemory | null = null;
  for (let nowMs = 0; nowMs !== Infinity && lines.length < 3;) {
    const utilizationPercent = percentAt(nowMs / 60_000);
    const slots = [{ slot: '0', utilizationPercent, inUse: null }];
    const sample = { atMs: nowMs, slots, cpuPercent: 0.2, networkBytes: 0, inputAtMs: null };
    const evaluated = evaluate({ ...watched, samples: [sample], memory, nowMs });
    for (const { kind } of evaluated.actions) lines.push(`${Math.floor(nowMs / 60_000)}: ${kind}`);
    memory = evaluated.memory;
    nowMs = evaluated.nextAtMs ?? Infinity;
  }
  return lines;
}
