import { localTime, plainScreen } from '@ds01/command-line';
import type { ExplainOutput, RuleView } from '@ds01/contracts/lifecycle';
import { describe, expect, test } from 'vitest';
import { runCommand } from '../testing/run-command.ts';
import { container } from '../wizard/testing/scripted.ts';
import { slotIdSchema } from '@ds01/contracts';
import { endingText } from './ending.ts';
import { explainText } from './explain-text.ts';
import { timeLeft } from './time-left.ts';

const now = '2026-11-22T08:00:00.000Z';
const nowMs = Date.parse(now);
const inMinutes = (minutes: number): string => new Date(nowMs + minutes * 60_000).toISOString();

const idle: RuleView = {
  rule: 'idle',
  applies: true,
  limit: { key: 'idle_timeout_h', value: 0.5, layer: 'group', file: null, line: null },
  actsAt: inMinutes(24),
  warnings: [
    { at: inMinutes(-1), given: true },
    { at: inMinutes(14), given: false },
  ],
  message: 'It is stopped after 30m without activity; it has been idle for 6m, 24m are left.',
  postponedBy: ['`ds01 container keep NAME --for 2h`'],
};
const runtime: RuleView = {
  ...idle,
  rule: 'max-runtime',
  limit: { key: 'max_runtime_h', value: 24, layer: 'defaults', file: null, line: null },
  actsAt: inMinutes(23 * 60),
  warnings: [{ at: inMinutes(17 * 60), given: false }],
  message: 'It has run for 1h of 1d.',
  postponedBy: ['`ds01 container extend NAME --by 6h`'],
};
const held: RuleView = {
  ...idle,
  rule: 'gpu-hold',
  applies: false,
  actsAt: null,
  warnings: [],
  message: 'It runs: its GPU stays with it.',
  postponedBy: [],
};
const thesis = container('thesis', 'running', [slotIdSchema.parse('0')]);
const explained: ExplainOutput = {
  container: thesis,
  ephemeral: true,
  exemption: null,
  highDemand: false,
  pausedUntil: null,
  ranForMs: 3_600_000,
  lastActiveAt: inMinutes(-6),
  lastActiveBy: 'gpu',
  signals: [
    {
      signal: 'gpu',
      subject: '0',
      value: 0,
      unit: 'percent',
      threshold: 5,
      active: false,
      message: 'GPU 0 used 0.0 % on average over the last 3 samples, below 5 %.',
    },
  ],
  rules: [idle, runtime, held],
  next: { rule: 'idle', at: inMinutes(24), message: idle.message },
};

describe('container explain', () => {
  test('says what comes next, what counts as activity, each rule, and what to type', () => {
    expect(explainText(explained, plainScreen, nowMs)).toBe(
      [
        'thesis (running, GPU 0)',
        `next: it is stopped, unless it is used (in 24m, at ${localTime(inMinutes(24))})`,
        'last active 6m ago (gpu)',
        '',
        'ACTIVITY  COUNTS AS  NOW',
        'gpu 0     idle       GPU 0 used 0.0 % on average over the last 3 samples, below 5 %.',
        '',
        'RULE             ACTS    WHY',
        `idle stop        in 24m  ${idle.message} You were warned 1m ago.`,
        `longest runtime  in 23h  ${runtime.message} You are warned before, first in 17h.`,
        '',
        'what postpones it:',
        '- ds01 container keep thesis --for 2h',
        '- ds01 container extend thesis --by 6h',
        '',
        'rules that don’t act now:',
        '- GPU kept: It runs: its GPU stays with it.',
      ].join('\n'),
    );
  });

  test('of an exempt container it says why, and no more', () => {
    const exempt = {
      ...explained,
      exemption: 'It has no GPU.',
      signals: [],
      rules: [held],
      next: null,
    };
    expect(explainText(exempt, plainScreen, nowMs)).toBe(
      'thesis (running, GPU 0)\nIt has no GPU.\nlast active 6m ago (gpu)',
    );
  });

  test('asks for a container, and prints what it gets', async () => {
    const ran = await runCommand(['container', 'explain', 'thesis', '--json'], {
      'containers.explain': () => explained,
    });
    expect(ran.calls).toEqual([{ id: 'containers.explain', input: { name: 'thesis' } }]);
    expect(JSON.parse(ran.stdout)).toEqual(explained);
  });
});

describe('when a container ends, for who leaves it', () => {
  test('idle and runtime, whichever is first', () => {
    expect(endingText(explained, nowMs)).toBe(
      'stopped in 24m unless it is used, and in 23h at the latest',
    );
  });

  test('one at work is told how long it may rest', () => {
    const busy = { ...explained, rules: [{ ...idle, actsAt: null }, held] };
    expect(endingText(busy, nowMs)).toBe('stopped after 30m without activity');
    expect(endingText({ ...busy, highDemand: true }, nowMs)).toContain('sooner');
  });

  test('one that was never started goes, one without limits and an exempt one stay', () => {
    const unstarted: RuleView = { ...idle, rule: 'never-started', actsAt: inMinutes(30) };
    expect(endingText({ ...explained, rules: [unstarted] }, nowMs)).toBe(
      'removed in 30m unless it is started',
    );
    expect(endingText({ ...explained, rules: [held] }, nowMs)).toBeNull();
    expect(endingText({ ...explained, exemption: 'It is protected.' }, nowMs)).toBeNull();
  });

  test('spans are whole minutes, never too few, and exact when it is urgent', () => {
    expect(timeLeft(new Date(nowMs + 3_600_000 - 400).toISOString(), nowMs)).toBe('in 1h');
    expect(timeLeft(new Date(nowMs + 75_000).toISOString(), nowMs)).toBe('in 1m 15s');
    expect(timeLeft(inMinutes(-3), nowMs)).toBe('now');
  });
});

describe('container keep', () => {
  const kept = { container: thesis, keptUntil: inMinutes(360), maxHours: 24, note: null };

  test('asks for as long as one says', async () => {
    const ran = await runCommand(['container', 'keep', 'thesis', '--for', '90m'], {
      'containers.keep': () => kept,
    });
    expect(ran.calls[0]?.input).toEqual({ name: 'thesis', forMs: 5_400_000 });
    expect(ran.stdout).toContain(`not stopped for being idle before ${localTime(inMinutes(360))}`);
  });

  test('takes it back, and says that less than asked was given', async () => {
    const off = await runCommand(['container', 'keep', 'thesis', '--off'], {
      'containers.keep': () => ({ ...kept, keptUntil: null }),
    });
    expect(off.calls[0]?.input).toEqual({ name: 'thesis', forMs: 0 });
    expect(off.stdout).toBe('thesis: nothing postpones its idle stop any more\n');
    const long = await runCommand(['container', 'keep', 'thesis', '--for', '2d'], {
      'containers.keep': () => kept,
    });
    expect(long.stdout).toContain('1d at once is the most that this site allows');
  });

  test.each([
    [[]],
    [['--for', 'soon']],
    [['--for', '6']],
    [['--for', '0']],
    [['--for', '1h', '--off']],
    [['--for', '9999d']],
  ])('refuses %j', async (flags) => {
    const ran = await runCommand(['container', 'keep', 'thesis', ...flags], {});
    expect([ran.code, ran.calls]).toEqual([2, []]);
  });
});

describe('container extend', () => {
  const extended = {
    container: thesis,
    granted: true,
    extensionMs: 6 * 3_600_000,
    requestedMs: null,
    stopsAt: inMinutes(1800),
    note: null,
  };

  test('says what was granted, and when it ends now', async () => {
    const words = ['container', 'extend', 'thesis', '--by', '6h', '--reason', 'one more epoch'];
    const ran = await runCommand(words, { 'containers.extend': () => extended });
    expect(ran.calls[0]?.input).toEqual({
      name: 'thesis',
      byMs: 6 * 3_600_000,
      reason: 'one more epoch',
    });
    expect(ran.stdout).toContain('thesis gets 6h more; 6h beyond its limit in all');
    expect(ran.stdout).toContain(localTime(inMinutes(1800)));
  });

  test('says that somebody is asked', async () => {
    const ran = await runCommand(['container', 'extend', 'thesis', '--by', '3d'], {
      'containers.extend': () => ({ ...extended, granted: false, requestedMs: 3 * 86_400_000 }),
    });
    expect(ran.stdout).toMatch(
      /^3d more for thesis is asked for\nuntil that is granted, its runtime ends /,
    );
  });

  test('needs to know by how much', async () => {
    const ran = await runCommand(['container', 'extend', 'thesis'], {});
    expect([ran.code, ran.calls]).toEqual([2, []]);
  });
});

describe('notifications', () => {
  const preferences = {
    channels: { terminal: true, workspace: true, mail: false },
    mailAddress: null,
    mailAvailable: true,
  };

  test('are shown', async () => {
    const ran = await runCommand(['notifications'], { 'notifications.show': () => preferences });
    expect(ran.stdout).toMatch(/^terminal +on/m);
    expect(ran.stdout).toMatch(/^mail +off +no address: ds01 notifications --mail/m);
  });

  test.each([
    [['--terminal', 'off'], { channels: { terminal: false }, mailAddress: null }],
    [
      ['--mail', 'alice@example.org', '--workspace', 'on'],
      { channels: { workspace: true, mail: true }, mailAddress: 'alice@example.org' },
    ],
    [['--mail', 'off'], { channels: { mail: false }, mailAddress: null }],
    [['--mail', ''], { channels: { mail: false }, mailAddress: '' }],
  ])('%j changes just that', async (flags, input) => {
    const ran = await runCommand(['notifications', ...flags], {
      'notifications.set': () => preferences,
    });
    expect(ran.calls).toEqual([{ id: 'notifications.set', input }]);
  });

  test.each([
    ['--terminal', 'maybe'],
    ['--mail', 'nowhere'],
  ])('%s is not %s', async (flag, value) => {
    const ran = await runCommand(['notifications', flag, value], {});
    expect([ran.code, ran.calls]).toEqual([2, []]);
  });
});
