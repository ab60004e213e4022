import { usernameSchema } from '@ds01/contracts';
import type { LifecycleAction } from '@ds01/lifecycle';
import { describe, expect, test } from 'vitest';
import { actNotice, adminMessage, extensionNotice } from './admin-texts.ts';
import type { Notice } from './notice.ts';
import { plainLines } from './plain.ts';
import { lifecycleNotice, type LifecycleFacts } from './texts.ts';

const hourMs = 3_600_000;
const nowMs = Date.UTC(2026, 10, 22, 14);
const user = usernameSchema.parse('alice');

const facts: LifecycleFacts = {
  user,
  uid: 2001,
  name: 'thesis',
  dockerName: 'thesis._.alice',
  workspace: '/home/alice/workspace/thesis',
  managed: true,
  nowMs,
  // The rules' clock began at another time than the wall's.
  wallOf: (moment) => moment + nowMs,
  idleTimeoutMs: hourMs,
  maxRuntimeMs: 24 * hourMs,
  gpuHoldMs: hourMs / 4,
  containerHoldMs: hourMs / 2,
  keepAliveMaxMs: 24 * hourMs,
  image: 'ds01-alice/thesis',
  kept: null,
};

const warn: LifecycleAction = {
  kind: 'warn',
  rule: 'idle',
  step: 2,
  stopsAtMs: hourMs / 6,
  highDemand: true,
};
const stop: LifecycleAction = {
  kind: 'stop',
  rule: 'idle',
  graceMs: 60_000,
  idleSinceMs: -hourMs,
  ranForMs: 5 * hourMs,
};
const actions: readonly LifecycleAction[] = [
  warn,
  { ...warn, step: 1, rule: 'max-runtime' },
  { kind: 'notice', rule: 'idle', exemption: 'until 2026-12-01: thesis deadline' },
  stop,
  { ...stop, rule: 'max-runtime' },
  { kind: 'release-gpu' },
  { kind: 'remove', rule: 'container-hold', keepLayer: true },
  { kind: 'remove', rule: 'never-started', keepLayer: false },
];

function told(action: LifecycleAction, change: Partial<LifecycleFacts> = {}): Notice {
  const notice = lifecycleNotice(action, { ...facts, ...change });
  if (notice === null) throw new Error('nobody is told');
  return notice;
}

const textOf = (notice: Notice): string => [notice.title, ...notice.lines].join('\n');

describe('what people are told', () => {
  test('of a coming stop says when, why, what gets lost, and what to type', () => {
    const notice = told(warn);
    expect(notice).toMatchObject({ severity: 'warning', staleAtMs: nowMs + hourMs / 6 });
    for (const part of [
      'last warning: thesis will be stopped in 10m',
      '2026-11-22 14:10 UTC',
      'high demand',
      'in memory will be lost',
      '  ds01 container keep thesis --for 6h',
      '  touch /workspace/.keep-alive',
      '  ds01 container explain thesis',
    ]) {
      expect(textOf(notice)).toContain(part);
    }
  });

  test('to postpone is never more than the site allows', () => {
    expect(textOf(told(warn, { keepAliveMaxMs: 2 * hourMs }))).toContain('--for 120m');
    expect(textOf(told(warn, { keepAliveMaxMs: 90_000 }))).toContain('--for 1m');
  });

  test('of a stop says what is lost, what stays and for how long, and how to get it back', () => {
    const text = textOf(told(stop));
    for (const part of [
      'idle since 2026-11-22 13:00 UTC',
      'Lost: its processes, and what they have in memory.',
      'Kept: everything in /workspace.',
      'Its GPU stays for 15m. The container itself stays for 30m.',
      '  ds01 container start thesis\n',
      '  ds01 container start thesis --recreate',
    ]) {
      expect(text).toContain(part);
    }
    expect(textOf(told(stop, { gpuHoldMs: null, containerHoldMs: 0 }))).toContain(
      'Its GPU stays yours until you retire the container. The container itself is removed soon.',
    );
  });

  test('of a container that DS01 did not make names no command that can’t work on it', () => {
    for (const action of actions.slice(0, 5)) {
      const text = textOf(told(action, { managed: false, name: 'raw' }));
      expect(text).not.toMatch(/ds01 container (?:start|keep|extend)/);
    }
  });

  test('of a removal that left nothing says how to get a new one', () => {
    const action: LifecycleAction = {
      kind: 'remove',
      rule: 'container-hold',
      keepLayer: false,
    };
    expect(textOf(told(action))).toContain(
      '  ds01 container deploy thesis --image ds01-alice/thesis',
    );
    expect(textOf(told(action, { image: null }))).not.toContain('deploy');
  });

  test('of a removal says where the changes are', () => {
    const kept = { image: 'ds01-alice/thesis:kept-1', forMs: 7 * 24 * hourMs };
    const action: LifecycleAction = { kind: 'remove', rule: 'container-hold', keepLayer: true };
    expect(textOf(told(action, { kept }))).toContain('--image ds01-alice/thesis:kept-1');
    expect(lifecycleNotice({ ...action, rule: 'job' }, facts)).toBeNull();
    expect(lifecycleNotice({ kind: 'resumed', rule: 'idle', signal: 'gpu' }, facts)).toBeNull();
  });

  test('of what administrators decided has their reason', () => {
    const answer = {
      granted: true,
      byMs: 4 * hourMs,
      stopsAtMs: nowMs + hourMs,
      reason: 'deadline',
    };
    expect(textOf(extensionNotice(facts, answer))).toContain('thesis may run 4h longer');
    expect(textOf(extensionNotice(facts, answer))).toContain('Reason: deadline');
    const refusal = extensionNotice(facts, { ...answer, granted: false, stopsAtMs: null });
    expect(textOf(refusal)).toContain('refused');
    const act = { did: 'stopped', emergency: true, by: 'dana', reason: 'fire' } as const;
    expect(textOf(actNotice(facts, act))).toContain(
      'dana stopped container thesis in an emergency',
    );
    const message = {
      text: 'Reboot at noon.\nSave your work.',
      by: 'dana',
      workspace: null,
      nowMs,
    };
    expect(adminMessage({ user, uid: 2001 }, message)).toMatchObject({
      severity: 'message',
      title: 'from dana',
      lines: ['Reboot at noon.', 'Save your work.'],
    });
  });

  test.each(actions)('fit into a terminal of 80 columns: $kind $rule', (action) => {
    const { title, lines } = told(action, { name: 'a'.repeat(30) });
    const words = plainLines(lines).filter((line) => !line.startsWith('  '));
    expect(Math.max(title.length, ...words.map(({ length }) => length))).toBeLessThanOrEqual(72);
  });

  test('commands stay one line, whatever they are about', () => {
    const command = `  ds01 container start ${'a'.repeat(60)} --recreate`;
    expect(plainLines([command])).toEqual([command]);
    expect(plainLines([`${'word '.repeat(30)}`])).toHaveLength(3);
    expect(plainLines(['x'.repeat(100)])).toEqual(['x'.repeat(100)]);
  });
});
