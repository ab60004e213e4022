import { describe, expect, test } from 'vitest';
import { happened } from '../testing/happened.ts';
import { useEditedSite } from '../testing/edited-site.ts';
import { hourMs } from '../testing/world.ts';
import { bob } from '../testing/people.ts';
import { deployed } from '../testing/commands.ts';

const { world, act, textOf } = useEditedSite();
const file = 'reservations.yaml';

function inHours(hours: number): number {
  return world().clock.nowMs() + hours * hourMs;
}

const at = (timeMs: number): string => `${new Date(timeMs).toISOString().slice(0, 19)}Z`;

describe('a reservation', () => {
  test('is written, told, listed, and taken out without a trace', async () => {
    const made = await act('admin.reservations.add', {
      slots: ['0'],
      user: 'alice',
      fromMs: inHours(1),
      untilMs: inHours(3),
      reason: 'a talk',
    });
    const id = made.id ?? '';
    expect(made).toMatchObject({ file, overlaps: [] });
    expect(made.message).toContain(` as ${id}.`);
    expect(textOf(file)).toContain(`id: ${id}\n    username: alice\n`);
    expect((await act('admin.reservations', {})).reservations).toMatchObject([
      {
        id,
        user: 'alice',
        group: null,
        slots: ['0'],
        state: 'upcoming',
        reason: 'a talk',
        by: 'dana',
        line: 2,
      },
    ]);
    await act('admin.reservations.remove', { id });
    expect((await act('admin.reservations', {})).reservations).toEqual([]);
    const details = { by: 'dana', reservation: id, for: 'alice', slots: ['0'] };
    expect(happened(world(), 'reservation.')).toMatchObject([
      { type: 'reservation.added', user: 'alice', uid: 2001, details },
      { type: 'reservation.removed', user: 'alice', details },
    ]);
  });

  test('is for a group, and begins at once when nothing else is said', async () => {
    await act('admin.reservations.add', { slots: ['0'], group: 'staff', untilMs: inHours(3) });
    expect((await act('admin.reservations', {})).reservations).toMatchObject([
      { user: null, group: 'staff', state: 'active' },
    ]);
    const status = await act('gpus.status', {});
    expect(status.reservations).toMatchObject([{ for: 'group staff', own: false, slots: ['0'] }]);
    world().clock.advance(3 * hourMs);
    expect((await act('admin.reservations', {})).reservations).toMatchObject([{ state: 'over' }]);
    expect((await act('gpus.status', {})).reservations).toBeUndefined();
  });

  test('that is tried in a dry run is written nowhere', async () => {
    const input = { slots: ['0'], user: 'alice', untilMs: inHours(3) };
    const preview = await act('admin.reservations.add', input, { dryRun: true });
    expect(preview).toMatchObject({
      id: null,
      message: expect.stringMatching(/^0 reserved for alice .*Z\.$/),
    });
    expect(textOf(file)).toBeNull();
  });

  test('says what may still be on its GPUs at the begin, and what becomes of it', async () => {
    await deployed(world(), 'work', { caller: bob });
    const made = await act('admin.reservations.add', {
      slots: ['0'],
      user: 'alice',
      fromMs: inHours(1),
      untilMs: inHours(3),
    });
    expect(made.overlaps).toEqual([
      { user: 'bob', container: 'work', slots: ['0'], endsBy: expect.any(String), isStopped: true },
    ]);
    expect(made.message).toMatch(/Warned, and stopped by its begin: work of bob \(GPU 0\)\./);
    const own = await act('admin.reservations.add', {
      slots: ['0'],
      user: 'bob',
      fromMs: inHours(5),
      untilMs: inHours(6),
    });
    expect(own.overlaps).toEqual([]);
  });
});

describe('refused is', () => {
  const hours = { fromMs: Date.UTC(2026, 0, 6), untilMs: Date.UTC(2026, 0, 7) };
  test.each([
    ['nobody', { slots: ['0'], ...hours }, 'request.invalid'],
    [
      'a user and a group',
      { slots: ['0'], user: 'bob', group: 'staff', ...hours },
      'request.invalid',
    ],
    ['no name', { slots: ['0'], user: 'a:b', ...hours }, 'request.invalid'],
    ['an account that is not there', { slots: ['0'], user: 'nobodys', ...hours }, 'user.unknown'],
    ['an unknown group', { slots: ['0'], group: 'nobodys', ...hours }, 'group.unknown'],
    ['a GPU that is not there', { slots: ['7'], user: 'bob', ...hours }, 'gpu.no-match'],
    ['the past', { slots: ['0'], user: 'bob', fromMs: 0, untilMs: 1000 }, 'request.invalid'],
    [
      'an end before the begin',
      { slots: ['0'], user: 'bob', fromMs: hours.untilMs, untilMs: hours.fromMs },
      'request.invalid',
    ],
  ])('%s', async (_, input, code) => {
    await expect(act('admin.reservations.add', input)).rejects.toMatchObject({ code });
    expect(textOf(file)).toBeNull();
  });

  test('what is reserved for somebody else at the same time', async () => {
    const first = { slots: ['0'], user: 'bob', ...hours };
    await act('admin.reservations.add', first);
    const second = { ...first, user: 'alice', fromMs: hours.untilMs - hourMs };
    const later = { ...second, untilMs: hours.untilMs + hourMs };
    await expect(act('admin.reservations.add', later)).rejects.toMatchObject({
      code: 'policy.refused',
      message: expect.stringContaining(
        `0 is reserved for bob from ${at(hours.fromMs).slice(0, 13)}`,
      ),
    });
    await act('admin.reservations.add', { ...later, fromMs: hours.untilMs });
    await act('admin.reservations.add', first);
  });

  test('an id that nobody has', async () => {
    const away = act('admin.reservations.remove', { id: 'r0' });
    await expect(away).rejects.toMatchObject({ code: 'reservation.not-found' });
  });
});
