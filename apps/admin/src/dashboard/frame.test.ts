import { plainScreen, textWidth, type Screen } from '@ds01/command-line';
import { slotIdSchema } from '@ds01/contracts';
import { describe, expect, test } from 'vitest';
import { containerOf, fixtureNow, overviewOf, queueOf } from './fixture.ts';
import { frame, pageOf, wholeFrame, type Size } from './frame.ts';
import { initialState, viewNames, type State, type View } from './state.ts';
import { difference } from './terminal.ts';
import { pressed } from './update.ts';

const nowMs = Date.parse(fixtureNow);
const ssh: Size = { rows: 24, columns: 80 };
const marked: Screen = {
  width: 80,
  isTerminal: true,
  paint: (_, text) => `\u001B[1m${text}\u001B[0m`,
};
const at = (view: View, changes: Partial<State> = {}): State => ({
  ...initialState(view),
  overview: overviewOf(),
  ...changes,
});
const shown = (state: State, size = ssh): readonly string[] =>
  frame(state, { size, screen: plainScreen, nowMs }).map((text) => text.trimEnd());
const after = (state: State, ...keys: readonly string[]): State =>
  keys.reduce<State>((before, key) => {
    const next = pressed(before, key, pageOf(ssh));
    if (next === 'quit') throw new Error(`${key} quits`);
    return next;
  }, state);

describe('at 80 x 24', () => {
  test('the overview has alerts, GPUs with their slots and holders, and users', () => {
    const lines = shown(at('overview'));
    expect(lines[0]).toMatch(
      /^DS01 {2}\d\d:04:05 {2}GPUs 0\.43\/1\.86 {2}load 3\.3\/64 {2}mem 96\.0G\/512G$/,
    );
    expect(lines[1]).toBe(
      '[1 overview]   2 containers   3 users   4 alerts (1)   5 events   6 queue',
    );
    expect(lines.slice(3, 14)).toEqual([
      'error   GPU 1 is unhealthy: Xid 79.',
      '',
      'GPU 0  A100-SXM4-40GB         [||||||    ]  63 %  12.5G/40.0G  healthy',
      '  0:0  3g.20gb   bound      alice/thesis               CPU 180 %  3.0G',
      '  free 0.43: 0:1 3g.20gb',
      'GPU 1  A100-SXM4-40GB                          ?  12.5G/40.0G  unhealthy Xid 79.',
      '  free 1: 1',
      '',
      'USER                           GROUP        RUNS  OF GPUS           CPU%    MEM',
      'alice                          student         1   1 0.43 of 1       180   3.0G',
      'bob                            staff           0   1 0 of any          -      -',
    ]);
    expect(lines).toHaveLength(24);
    expect(lines.at(-1)).toBe('1-6 views   up/down scroll   ? help   q quit');
  });

  test('what is reserved is told with the GPUs: for whom, and when', () => {
    const overview = overviewOf();
    const reserved = { own: false, until: '2026-01-02T05:04:05.000Z' };
    const reservations = [
      { ...reserved, slots: ['0', '1:2'], for: 'bob', from: null },
      { ...reserved, slots: ['1'], for: 'group staff', from: '2026-01-02T06:04:05.000Z' },
      { ...reserved, slots: ['2'], for: null, from: null, until: null },
    ].map((one) => ({ ...one, slots: one.slots.map((slot) => slotIdSchema.parse(slot)) }));
    const gpus = { ...overview.gpus, reservations };
    const lines = shown(at('overview', { overview: { ...overview, gpus } }));
    expect(lines.filter((text) => text.startsWith('reserved'))).toEqual([
      'reserved 0, 1:2 for bob, 2h left',
      'reserved 1 for group staff, in 3h',
      'reserved 2',
    ]);
  });

  test('the help fits', () => {
    expect(shown(at('overview', { isHelp: true })).filter((text) => text.includes('…'))).toEqual([
      '1 … 6, tab, left, right another view',
    ]);
  });

  test('containers tell what they use, how long they are idle and when they stop', () => {
    const lines = shown(at('containers'));
    expect(lines.slice(3, 6).map((text) => text.split(/ +/))).toEqual([
      ['', 'CONTAINER*', 'STATE', 'GPU', 'CPU%', 'MEM', 'IDLE', 'STOPS', 'IMAGE'],
      ['>alice/thesis', 'running', '0:0', '180', '3.0G', '4m', '10m', 'ds01/pytorch:la…'],
      ['', 'bob/notebook', 'stopped', '-', '-', '-', '-', '-', 'ds01/pytorch:la…'],
    ]);
  });

  test.each(viewNames)('%s fits any terminal and writes no control characters', (view) => {
    const hostile =
      '\u001B[2J\u001B]0;x\u0007\r\n\u202Eab👩‍👩‍👧‍👦漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字';
    const containers = Array.from({ length: 200 }, (_, index) =>
      containerOf(`${hostile}${String(index)}`, hostile, { image: hostile }),
    );
    const overview = overviewOf({
      containers,
      site: hostile,
      alerts: [{ severity: 'error', message: hostile, hint: hostile }],
    });
    const one = queueOf().entries.map((entry) => ({ ...entry, user: hostile, container: hostile }));
    const queue = { ...queueOf(), entries: one, held: { reason: hostile } };
    for (const size of [ssh, { rows: 8, columns: 40 }, { rows: 60, columns: 251 }]) {
      const lines = frame(at(view, { overview, queue, filter: '' }), {
        size,
        screen: plainScreen,
        nowMs,
      });
      expect(lines).toHaveLength(size.rows);
      for (const text of lines) {
        expect(textWidth(text)).toBeLessThanOrEqual(size.columns);
        expect(text).not.toMatch(/[\p{Cc}\u202A-\u202E]/u);
      }
    }
  });

  test('who waits is in the overview, in a view of its own, and counted', () => {
    const queue = queueOf();
    const lines = shown(at('overview', { queue }));
    expect(lines[1]).toMatch(/6 queue \(2\)$/);
    expect(
      lines
        .find((text) => text.includes('carol/paper'))
        ?.trim()
        .split(/ +/),
    ).toEqual(['-', 'carol/paper', '1', 'GPU', '-', '1h', 'now', 'it', 'is', 'kept']);
    const view = shown(at('queue', { queue: { ...queue, held: { reason: 'heat' } } }));
    expect(view[3]).toBe('nothing is granted at the moment: heat');
    expect(view.join('\n')).toMatch(
      /1 bob\/night +2 whole GPUs +high +1h +35m all GPUs are in use/,
    );
    expect(shown(at('queue')).join('\n')).toContain('no queue here');
    const nobody = shown(at('queue', { queue: { ...queue, entries: [] } })).join('\n');
    expect(nobody).toContain('nobody waits for a GPU');
  });

  test('a terminal that is too small says so', () => {
    expect(shown(at('overview'), { rows: 5, columns: 30 })).toEqual([
      'the terminal is too small: 40…',
    ]);
  });
});

describe('keys', () => {
  const many = overviewOf({
    containers: Array.from({ length: 100 }, (_, index) =>
      containerOf('alice', `c${String(index).padStart(3, '0')}`, { cpuPercent: index }),
    ),
  });
  const cursorLine = (state: State) => shown(state).find((text) => text.startsWith('>'));

  test('the cursor moves, stays seen, and follows its container when the order changes', () => {
    const start = at('containers', { overview: many });
    expect(cursorLine(after(start, 'down', 'j'))).toMatch(/^>alice\/c002/);
    const far = after(start, 'end');
    expect(cursorLine(far)).toMatch(/^>alice\/c099/);
    expect(cursorLine(after(far, 's'))).toMatch(/^>alice\/c099/);
    expect(shown(after(far, 's'))[4]).toMatch(/^>alice\/c099/);
    expect(cursorLine(after(far, 'page-up', 'home', 'up'))).toMatch(/^>alice\/c000/);
  });

  test('a filter shows only what fits, while it is typed', () => {
    const typing = after(at('containers', { overview: many }), '/', 'c', '0', '4', '2');
    expect(shown(typing).at(-1)).toBe('filter: c042_');
    expect(shown(typing).filter((text) => text.includes('alice/'))).toHaveLength(1);
    const none = after(typing, 'x', 'enter');
    expect(shown(none)[4]).toBe('nothing fits "c042x"');
    expect(shown(after(none, 'escape')).filter((text) => text.includes('alice/'))).toHaveLength(19);
  });

  test('q is typed into a filter, and quits elsewhere', () => {
    expect(after(at('containers'), '/', 'q').filter).toBe('q');
    expect(pressed(at('users'), 'q', 10)).toBe('quit');
    expect(pressed(after(at('containers'), '/'), 'ctrl-c', 10)).toBe('quit');
  });

  test('views are changed by number and by tab; any key leaves the help', () => {
    expect(after(at('overview'), '3').view).toBe('users');
    expect(after(at('queue'), 'tab').view).toBe('overview');
    expect(after(at('overview'), 'back-tab').view).toBe('queue');
    expect(shown(after(at('overview'), '?')).join('\n')).toContain('to the shell for a while');
    expect(after(at('overview'), '?', 'x').isHelp).toBe(false);
  });

  test('enter shows a container closely, escape goes back to it', () => {
    const close = after(at('containers'), 'enter');
    expect(close.details?.dockerName).toBe('thesis._.alice');
    const text = shown(close).join('\n');
    expect(text).toContain('stops           in 10m: it is idle');
    const back = after(close, 'escape');
    expect(back.details).toBeNull();
    expect(cursorLine(back)).toMatch(/^>alice\/thesis/);
  });
});

test('while the daemon does not answer the last answer stays, and that is said', () => {
  const failure = { message: 'The daemon does not answer.', sinceMs: nowMs - 65_000 };
  const lines = frame(at('overview', { failure }), {
    size: ssh,
    screen: plainScreen,
    nowMs: nowMs + 60_000,
  });
  expect(lines.at(-1)).toBe('reconnecting (2m 5s): The daemon does not answer.');
  expect(lines[0]).toContain('1m old');
  expect(lines.join('\n')).toContain('alice/thesis');
});

describe('what is written to the terminal', () => {
  test('is only what changed', () => {
    const before = shown(at('containers'));
    expect(difference(before, before)).toBe('');
    const [first = '', ...rest] = before;
    const next = [first.replace('3.3', '4.4'), ...rest];
    expect(difference(before, next)).toBe(`\u001B[1;1H${next[0] ?? ''}\u001B[K`);
    expect(difference(null, ['a', '', 'b'])).toBe(
      '\u001B[2J\u001B[1;1Ha\u001B[K\u001B[3;1Hb\u001B[K',
    );
    expect(difference(['a', 'b'], ['a'])).toBe('\u001B[2;1H\u001B[K');
  });

  test('has colours that end on their line', () => {
    for (const text of frame(at('overview'), { size: ssh, screen: marked, nowMs })) {
      const begun = text.split('\u001B[1m').length;
      expect(text.split('\u001B[0m')).toHaveLength(begun);
    }
  });
});

test('what isn’t a terminal gets a view as long as it is', () => {
  const many = overviewOf({
    containers: Array.from({ length: 100 }, (_, index) =>
      containerOf('alice', `c${String(index)}`),
    ),
  });
  const text = wholeFrame(at('containers', { overview: many }), {
    columns: 100,
    screen: plainScreen,
    nowMs,
  });
  expect(text.split('\n').filter((row) => row.includes('alice/'))).toHaveLength(100);
});
