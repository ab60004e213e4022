import { slotIdSchema, usernameSchema } from '@ds01/contracts';
import { describe, expect, test } from 'vitest';
import { addReservation, removeReservation } from './edit/edit-lists.ts';
import { loadPolicy } from './load-policy.ts';

const limits = { path: 'resource-limits.yaml', text: 'groups:\n  staff: {}\n' };

function load(text: string) {
  return loadPolicy([limits, { path: '/etc/ds01/reservations.yaml', text }]);
}

function item(changes: Readonly<Record<string, string | null>> = {}): string {
  const whole: Readonly<Record<string, string | null>> = {
    id: 'r1',
    username: 'alice',
    gpus: '["0", "1:2"]',
    from: '2026-11-23T08:00:00Z',
    until: '2026-11-23',
    reason: 'talk',
    approved_by: 'dana',
    ...changes,
  };
  const lines = Object.entries(whole).flatMap(([key, value]) =>
    value === null ? [] : [`${key}: ${value}`],
  );
  return `reservations:\n  - ${lines.join('\n    ')}\n`;
}

test('a reservation is read with its place; a day is meant whole', () => {
  const { policy, problems } = load(item());
  expect(problems).toEqual([]);
  expect(policy?.reservations).toEqual([
    {
      id: 'r1',
      user: 'alice',
      slots: ['0', '1:2'],
      fromMs: Date.UTC(2026, 10, 23, 8),
      toMs: Date.UTC(2026, 10, 24),
      reason: 'talk',
      approvedBy: 'dana',
      file: '/etc/ds01/reservations.yaml',
      line: 2,
    },
  ]);
});

test('one is for a group in place of a user', () => {
  const { policy } = load(item({ username: null, group: 'staff', gpus: '3', id: null }));
  expect(policy?.reservations).toMatchObject([
    { id: null, user: null, group: 'staff', slots: ['3'] },
  ]);
});

describe('what is wrong keeps the files from taking effect:', () => {
  test.each([
    ['neither user nor group', { username: null }, /needs username or group/],
    ['both', { group: 'staff' }, /needs username or group/],
    ['no begin', { from: null }, /needs from/],
    ['no end', { until: null }, /needs until/],
    ['no GPU', { gpus: null }, /needs gpus/],
    ['an empty list', { gpus: '[]' }, /at least one slot/],
    ['no slot', { gpus: '[first]' }, /a slot such as/],
    ['no time', { from: 'soon' }, /from must be a date/],
    ['an end before the begin', { until: '2026-11-22' }, /ends before it starts/],
    ['an unknown key', { till: '2026-11-22' }, /till/],
  ])('%s', (_, changes, message) => {
    const { policy, problems } = load(item(changes));
    expect(policy).toBeNull();
    expect(problems.map((problem) => problem.message).join('\n')).toMatch(message);
  });

  test('two of the same id', () => {
    const { policy, problems } = load(item() + item().replace('reservations:\n', ''));
    expect(policy).toBeNull();
    expect(problems).toMatchObject([{ line: 9, found: 'r1' }]);
  });
});

test('one is written and taken out again, and everything else stays byte for byte', () => {
  const before = `# Ours.\n${item({ id: 'old' })}    # more to come\n`;
  const written = addReservation(before, {
    id: 'r2',
    holder: { username: usernameSchema.parse('bob') },
    slots: ['0', '1:2'].map((slot) => slotIdSchema.parse(slot)),
    from: '2026-12-01T08:00:00Z',
    until: '2026-12-02T08:00:00Z',
    reason: 'a "course": 2',
    approvedBy: 'dana',
    approvedOn: '2026-11-22',
  });
  expect(written).toMatchObject({ ok: true });
  const text = written.ok ? written.text : '';
  expect(text.startsWith('# Ours.\n')).toBe(true);
  expect(load(text)).toMatchObject({
    problems: [],
    policy: {
      reservations: [
        { id: 'old' },
        { id: 'r2', user: 'bob', slots: ['0', '1:2'], reason: 'a "course": 2' },
      ],
    },
  });
  expect(removeReservation(text, 'r2')).toEqual({ ok: true, text: before });
  expect(removeReservation(text, 'r3')).toEqual({ ok: true, text });
});
