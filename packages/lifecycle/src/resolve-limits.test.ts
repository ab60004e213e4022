import type { ContainerInterface, ContainerType } from '@ds01/contracts';
import { describe, expect, test } from 'vitest';
import { lifecyclePolicyOf, resolveLifecycleLimits } from './resolve-limits.ts';
import { hour, minute, second } from './testing/life.ts';
import { containerTypesWith, userLimits } from './testing/limits.ts';

function limitsOf(
  door: ContainerInterface,
  given: {
    readonly owner?: Parameters<typeof userLimits>[0];
    readonly types?: Parameters<typeof containerTypesWith>[0];
    readonly trusted?: readonly ContainerType[];
    readonly owned?: boolean;
  } = {},
) {
  return resolveLifecycleLimits({
    door: { interface: door, owned: given.owned ?? true },
    owner: userLimits(given.owner),
    containerTypes: containerTypesWith(given.types),
    trustedTypes: given.trusted ?? [],
  });
}

describe("what DS01 made has its owner's limits", () => {
  test.each(['orchestration', 'atomic'] as const)('%s', (door) => {
    const limits = limitsOf(door, { owner: { idle_timeout_h: 2, max_runtime_h: 100 } });
    expect(limits).toMatchObject({ idleTimeoutMs: 2 * hour, maxRuntimeMs: 100 * hour });
    expect(limits.stopGraceMs).toBe(minute);
    expect(limits.origins.idle).toEqual({
      key: 'idle_timeout_h',
      value: 2,
      layer: 'group',
      file: 'resource-limits.yaml',
      line: 7,
    });
  });
});

describe('what a container says about itself only tightens', () => {
  test('a dev container gains nothing from having no idle timeout and a week of runtime', () => {
    expect(limitsOf('devcontainer')).toMatchObject({
      idleTimeoutMs: hour / 2,
      maxRuntimeMs: 24 * hour,
      stopGraceMs: 30 * second,
    });
  });

  test('the smaller of the two counts, key by key', () => {
    const owner = { idle_timeout_h: 4, max_runtime_h: 24 };
    const limits = limitsOf('compose', { owner, types: { compose: [1, 72, 45] } });
    expect(limits).toMatchObject({ idleTimeoutMs: hour, maxRuntimeMs: 24 * hour });
    expect(limits.origins.idle).toEqual({
      key: 'container_types.compose.idle_timeout_h',
      value: 1,
      layer: 'container-type',
      file: 'resource-limits.yaml',
      line: 9,
    });
    expect(limits.origins['max-runtime'].key).toBe('max_runtime_h');
  });

  test("the type's limit counts where the owner has none", () => {
    const owner = { idle_timeout_h: null, max_runtime_h: null };
    expect(limitsOf('docker', { owner })).toMatchObject({
      idleTimeoutMs: hour / 2,
      maxRuntimeMs: 48 * hour,
    });
    expect(limitsOf('api', { owner }).idleTimeoutMs).toBeNull();
  });

  test('the api has the runtime of its type, it is not unlimited', () => {
    expect(limitsOf('api', { owner: { max_runtime_h: null } }).maxRuntimeMs).toBe(24 * hour);
  });
});

describe('a type that the site trusts has its own values', () => {
  test('its null exempts', () => {
    const limits = limitsOf('devcontainer', { trusted: ['devcontainer'] });
    expect(limits).toMatchObject({ idleTimeoutMs: null, maxRuntimeMs: 168 * hour });
    expect(limits.origins.idle).toMatchObject({
      key: 'container_types.devcontainer.idle_timeout_h',
      value: null,
      layer: 'built-in',
    });
  });

  test('others are not trusted with it', () => {
    expect(limitsOf('api', { trusted: ['devcontainer'] }).idleTimeoutMs).toBe(hour / 2);
  });

  test('a container of nobody is not trusted, whatever it says', () => {
    const limits = limitsOf('devcontainer', { trusted: ['devcontainer', 'unknown'], owned: false });
    expect(limits).toMatchObject({ idleTimeoutMs: hour / 4, maxRuntimeMs: 24 * hour });
    expect(limits.origins.idle.key).toBe('container_types.unknown.idle_timeout_h');
  });
});

test('0 is zero and null is no limit', () => {
  const owner = {
    gpu_hold_after_stop_h: 0,
    container_hold_after_stop_h: null,
    'policies.created_container_timeout_m': null,
  };
  expect(limitsOf('orchestration', { owner })).toMatchObject({
    gpuHoldMs: 0,
    containerHoldMs: null,
    createdTimeoutMs: null,
  });
});

test('a type may have a container hold of its own', () => {
  const types = { docker: [0.5, 48, 60, 0.25] } as const;
  expect(limitsOf('docker', { types }).containerHoldMs).toBe(hour / 4);
  expect(limitsOf('compose', { types }).containerHoldMs).toBe(hour / 2);
});

test("thresholds are the user's, the lead is the site's", () => {
  const resolved = userLimits({
    'policies.gpu_idle_threshold': 7,
    'policies.keepalive_max_duration_h': 6,
    'policies.grace_period_m': 5,
    'policies.idle_detection_window': 4,
  });
  expect(lifecyclePolicyOf(resolved, { lifecycle: { warning_lead_m: 3 } })).toEqual({
    gracePeriodMs: 5 * minute,
    gpuIdlePercent: 7,
    cpuIdlePercent: 2,
    networkIdleBytes: 1_048_576,
    windowSamples: 4,
    warningLeadMs: 3 * minute,
    keepAliveMaxMs: 6 * hour,
    highDemandIdleReduction: 0.5,
  });
});
