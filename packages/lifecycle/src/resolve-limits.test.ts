import { usernameSchema } from '@ds01/contracts';
import type { ContainerInterface, ContainerType } from '@ds01/contracts';
import { loadPolicy, resolveLimits } from '@ds01/limits';
import { describe, expect, test } from 'vitest';
import { lifecyclePolicyOf, resolveLifecycleLimits } from './resolve-limits.ts';
import { hour, minute, second } from './testing/life.ts';

const student = 'defaults: {idle_timeout_h: 0.5, max_runtime_h: 24}\n';

function load(text: string) {
  const { policy, problems } = loadPolicy([{ path: 'resource-limits.yaml', text }]);
  if (policy === null) throw new Error(JSON.stringify(problems));
  return policy;
}

function limitsOf(
  door: ContainerInterface,
  given: { text?: string; trusted?: ContainerType[]; owned?: boolean } = {},
) {
  const policy = load(given.text ?? student);
  return resolveLifecycleLimits({
    door: { interface: door, owned: given.owned ?? true },
    owner: resolveLimits(policy, usernameSchema.parse('alice')).resolved,
    containerTypes: policy.containerTypes,
    trustedTypes: given.trusted ?? [],
  });
}

describe("what DS01 made has its owner's limits", () => {
  test.each(['orchestration', 'atomic'] as const)('%s', (door) => {
    const limits = limitsOf(door, { text: 'defaults: {idle_timeout_h: 2, max_runtime_h: 100}\n' });
    expect(limits).toMatchObject({ idleTimeoutMs: 2 * hour, maxRuntimeMs: 100 * hour });
    expect(limits.stopGraceMs).toBe(minute);
    expect(limits.origins.idle).toMatchObject({ key: 'idle_timeout_h', value: 2, line: 1 });
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
    const text =
      'defaults: {idle_timeout_h: 4, max_runtime_h: 24}\n' +
      'container_types: {compose: {idle_timeout_h: 1, max_runtime_h: 72}}\n';
    const limits = limitsOf('compose', { text });
    expect(limits).toMatchObject({ idleTimeoutMs: hour, maxRuntimeMs: 24 * hour });
    expect(limits.origins.idle).toEqual({
      key: 'container_types.compose.idle_timeout_h',
      value: 1,
      layer: 'container-type',
      file: 'resource-limits.yaml',
      line: 2,
    });
    expect(limits.origins['max-runtime'].key).toBe('max_runtime_h');
  });

  test("the type's limit counts where the owner has none", () => {
    const text = 'defaults: {idle_timeout_h: never, max_runtime_h: never}\n';
    expect(limitsOf('docker', { text })).toMatchObject({
      idleTimeoutMs: hour / 2,
      maxRuntimeMs: 48 * hour,
    });
    expect(limitsOf('api', { text }).idleTimeoutMs).toBeNull();
  });

  test('the api has the runtime of its type, it is not unlimited', () => {
    const text = 'defaults: {idle_timeout_h: 1, max_runtime_h: never}\n';
    expect(limitsOf('api', { text }).maxRuntimeMs).toBe(24 * hour);
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
  const text =
    'defaults: {gpu_hold_after_stop_h: 0, container_hold_after_stop_h: null, policies: {created_container_timeout_m: never}}\n';
  const limits = limitsOf('orchestration', { text });
  expect(limits).toMatchObject({
    gpuHoldMs: 0,
    containerHoldMs: null,
    createdTimeoutMs: null,
  });
});

test('a type may have a container hold of its own', () => {
  const text = 'container_types: {docker: {container_hold_after_stop_h: 0.25}}\n';
  expect(limitsOf('docker', { text }).containerHoldMs).toBe(hour / 4);
  expect(limitsOf('compose', { text }).containerHoldMs).toBe(hour / 2);
});

test("thresholds are the user's, the lead is the site's", () => {
  const policy = load(
    'policies: {gpu_idle_threshold: 7, keepalive_max_duration_h: 6, grace_period_m: 5, idle_detection_window: 4}\n',
  );
  const { resolved } = resolveLimits(policy, usernameSchema.parse('alice'));
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
