import { describe, expect, test } from 'vitest';
import { lifecyclePolicyOf, resolveLifecycleLimits } from './resolve-limits.ts';
import { createLife, hour, minute, ordinary, runningContainer, second } from './testing/life.ts';
import { containerTypesWith, userLimits } from './testing/limits.ts';
import type { ActivitySample } from './types.ts';

const owner = userLimits();
const shipped = lifecyclePolicyOf(owner, { lifecycle: { warning_lead_m: 10 } });

/** Limits of a container of alice with the values that the predecessor shipped. */
function shippedLimits(door: 'api' | 'devcontainer' | 'unknown' | 'orchestration', owned = true) {
  return resolveLifecycleLimits({
    door: { interface: door, owned },
    owner,
    containerTypes: containerTypesWith(),
    trustedTypes: [],
  });
}

const stopped = { ...runningContainer, state: 'stopped', startedAtMs: null } as const;

describe('what the predecessor got wrong about idleness', () => {
  test('30 minutes are 30 minutes, not two or three hours', () => {
    const life = createLife({ policy: shipped, limits: shippedLimits('orchestration') });
    expect(life.runUntil(5 * hour).momentsOf('stop')).toEqual([60 * minute]);
  });

  test('both warnings and the stop are never in one look, whatever was missed', () => {
    const life = createLife({ policy: shipped }).sleepUntil(100 * hour);
    const looks = Array.from({ length: 5 }, () => life.look().actions.map(({ kind }) => kind));
    expect(looks).toEqual([['warn'], [], [], [], []]);
    life.runUntil(105 * hour);
    expect(life.momentsOf('stop')).toEqual([100 * hour + 10 * minute]);
  });

  test('traffic is a difference between samples, not the sum since the start', () => {
    const life = createLife({
      measure: (atMs) => ({ networkBytes: atMs < 5 * minute ? 10 ** 12 : 100 }),
    });
    expect(life.runUntil(5 * hour).momentsOf('stop')).toEqual([60 * minute]);
  });

  test('traffic above the threshold counts, sent or received', () => {
    const life = createLife({ measure: () => ({ networkBytes: 1_200_000 }) });
    expect(life.runUntil(17 * hour).happened).toEqual([]);
  });

  test('many processes that do nothing are idle: a notebook server is none of the signals', () => {
    const idleServer: Partial<ActivitySample> = { cpuPercent: 0.4, networkBytes: 3000 };
    const life = createLife({ measure: () => idleServer });
    expect(life.runUntil(5 * hour).momentsOf('stop')).toEqual([60 * minute]);
  });

  test('each of several GPUs is looked at by itself', () => {
    const slots = ['0', '1', '2'].map((slot) => ({
      slot,
      utilizationPercent: slot === '2' ? 99 : 0,
      inUse: null,
    }));
    expect(createLife({ measure: () => ({ slots }) }).runUntil(17 * hour).happened).toEqual([]);
    const idle = slots.map((slot) => ({ ...slot, utilizationPercent: 0 }));
    const idleLife = createLife({ measure: () => ({ slots: idle }) }).runUntil(5 * hour);
    expect(idleLife.momentsOf('stop')).toEqual([60 * minute]);
  });

  test('a MIG instance gives no percentage and is still judged, by its processes and memory', () => {
    const slots = (inUse: boolean | null) => [{ slot: '0:1', utilizationPercent: null, inUse }];
    const stopOf = (inUse: boolean | null) =>
      createLife({ measure: () => ({ slots: slots(inUse) }) })
        .runUntil(17 * hour)
        .momentsOf('stop');
    expect(stopOf(true)).toEqual([]);
    expect(stopOf(null)).toEqual([]);
    expect(stopOf(false)).toEqual([60 * minute]);
  });

  test('the longest keep-alive is what the site says', () => {
    const policyOf6Hours = { ...shipped, keepAliveMaxMs: 6 * hour };
    const situation = { ...ordinary, keepAliveUntilMs: 24 * hour };
    const life = createLife({ policy: policyOf6Hours, situation }).runUntil(30 * hour);
    expect(life.momentsOf('stop')).toEqual([6 * hour]);
  });

  test('an idle stop keeps the container, its GPU and its own hold', () => {
    const life = createLife().runUntil(60 * minute);
    expect(life.container).toMatchObject({ state: 'stopped', holdsGpu: true, managed: true });
    life.runUntil(3 * hour);
    expect(life.momentsOf('release-gpu')).toEqual([75 * minute]);
    expect(life.momentsOf('remove')).toEqual([90 * minute]);
  });
});

describe('what the predecessor got wrong about types', () => {
  test('a container of the api has the runtime that is written, not none', () => {
    expect(shippedLimits('api').maxRuntimeMs).toBe(24 * hour);
  });

  test('a container of the api is not stopped after 15 idle minutes', () => {
    expect(shippedLimits('api').idleTimeoutMs).toBe(30 * minute);
  });

  test('a container of an unknown type has a runtime', () => {
    expect(shippedLimits('unknown').maxRuntimeMs).toBe(24 * hour);
    expect(shippedLimits('unknown', false).maxRuntimeMs).toBe(24 * hour);
  });

  test("a dev container's idle timeout of none exempts nobody who only says so", () => {
    expect(shippedLimits('devcontainer').idleTimeoutMs).toBe(30 * minute);
  });
});

describe('what the predecessor got wrong about runtime', () => {
  test('stopping and starting does not reset the clock', () => {
    const life = createLife({ measure: () => ({ cpuPercent: 90 }) });
    for (let days = 0; days < 3 && life.momentsOf('stop').length === 0; days += 1) {
      life.runUntil(life.nowMs + 23 * hour);
      if (life.momentsOf('stop').length > 0) break;
      life.container = { ...stopped, stoppedAtMs: life.nowMs };
      life.runUntil(life.nowMs + minute);
      life.container = { ...runningContainer, startedAtMs: life.nowMs };
    }
    expect(life.momentsOf('stop')).toEqual([24 * hour + minute]);
  });

  test('what is remembered belongs to the container, so that a new one of its name begins anew', () => {
    const old = createLife().runUntil(59 * minute);
    expect(old.memory?.idleWarning).not.toBeNull();
    const fresh = createLife({ container: { ...runningContainer, id: 'another' } });
    expect(fresh.look().memory.idleWarning).toBeNull();
  });

  test('a protected container is exempt from idle and runtime, not only from removal', () => {
    const container = { ...runningContainer, exempt: 'protected' } as const;
    expect(createLife({ container }).runUntil(100 * hour).happened).toEqual([]);
  });
});

describe('what the predecessor got wrong about holds', () => {
  test('a hold is measured on a clock that knows no time zones', () => {
    const container = { ...stopped, stoppedAtMs: 0 };
    const life = createLife({ container }).runUntil(15 * minute - 1);
    expect(life.happened).toEqual([]);
    life.runUntil(15 * minute);
    expect(life.momentsOf('release-gpu')).toEqual([15 * minute]);
  });

  test('a hold of 0 is none, and not for ever', () => {
    const noHold = resolveLifecycleLimits({
      door: { interface: 'orchestration', owned: true },
      owner: userLimits({ gpu_hold_after_stop_h: 0 }),
      containerTypes: containerTypesWith(),
      trustedTypes: [],
    });
    expect(noHold.gpuHoldMs).toBe(0);
    const life = createLife({ container: { ...stopped, stoppedAtMs: 0 }, limits: noHold });
    expect(life.look().actions).toEqual([{ kind: 'release-gpu' }]);
  });

  test('releasing a GPU does not remove its container', () => {
    const life = createLife({ container: { ...stopped, stoppedAtMs: 0 } }).runUntil(20 * minute);
    expect(life.container).toMatchObject({ holdsGpu: false, managed: true, state: 'stopped' });
  });

  test('a container between create and start keeps its GPU for 30 minutes', () => {
    const container = { ...runningContainer, state: 'created', startedAtMs: null } as const;
    const life = createLife({ container }).runUntil(30 * minute - second);
    expect(life.happened).toEqual([]);
  });

  test("a stopped container of anybody without a GPU, that DS01 didn't make, is left alone", () => {
    const container = { ...stopped, stoppedAtMs: 0, managed: false, holdsGpu: false };
    expect(createLife({ container }).runUntil(10_000 * hour).happened).toEqual([]);
  });

  test('no action is about a process or about a GPU of others: a release names neither', () => {
    const life = createLife().runUntil(2 * hour);
    const kinds = new Set(life.happened.map(({ action }) => action.kind));
    expect([...kinds]).toEqual(['warn', 'stop', 'release-gpu', 'remove']);
  });
});
