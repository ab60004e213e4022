import type { HeldSession } from '@ds01/contracts';
import { describe, expect, test } from 'vitest';
import { chooseSession, clockTime } from './kept-sessions.ts';

const context = { name: 'thesis', nowMs: new Date(2026, 9, 3, 22, 30).getTime() };
const at = (hour: number, minute: number): string =>
  new Date(2026, 9, 3, hour, minute).toISOString();
const anything = { another: false, id: null, takeOver: false };

function session(
  id: string,
  state: HeldSession['state'],
  other: Partial<HeldSession> = {},
): HeldSession {
  return {
    id,
    command: null,
    state,
    startedAt: at(21, 14),
    detachedAt: state === 'attached' ? null : at(21, 40),
    lastInputAt: null,
    endedAt: null,
    exitCode: null,
    lastLines: [],
    ...other,
  };
}

describe('the session to go back to', () => {
  test('without any it is another one, and nothing is said', () => {
    expect(chooseSession([], anything, context)).toEqual({ resumed: null, remarks: [] });
  });

  test('is the one that was left last, and the others are named', () => {
    const first = session('1', 'detached', { detachedAt: at(22, 0) });
    const second = session('2', 'detached', {
      command: 'python3 train.py',
      detachedAt: at(21, 50),
    });
    const chosen = chooseSession([second, first], anything, context);
    expect(chosen.resumed).toBe(first);
    expect(chosen.remarks).toEqual([
      'back in your session of 21:14, left at 22:00; --new opens another',
      'also going on: your session (python3 train.py) of 21:14 (ds01 container run thesis --session 2)',
    ]);
  });

  test('is never one that somebody is at, unless it is to be taken over', () => {
    const taken = session('1', 'attached');
    expect(chooseSession([taken], anything, context)).toEqual({
      resumed: null,
      remarks: [
        'your session of 21:14 is open at another terminal (ds01 container run thesis --session 1 --take-over brings it here)',
      ],
    });
    expect(chooseSession([taken], { ...anything, takeOver: true }, context).resumed).toBe(taken);
  });

  test('is the one of the given number, which has to be there', () => {
    const both = [session('1', 'detached'), session('2', 'detached')];
    expect(chooseSession(both, { ...anything, id: '1' }, context).resumed).toBe(both[0]);
    expect(() => chooseSession(both, { ...anything, id: '3' }, context)).toThrow('there are: 1, 2');
  });

  test('is another one when that is asked for', () => {
    const both = [session('1', 'detached')];
    expect(chooseSession(both, { ...anything, another: true }, context).resumed).toBeNull();
  });

  test('is not one that ended or was lost, of which is told what became of it', () => {
    const ended = session('1', 'ended', { endedAt: at(22, 3), exitCode: 0, lastLines: ['done'] });
    const lost = session('2', 'lost', { command: 'python3 train.py' });
    expect(chooseSession([ended, lost], anything, context)).toEqual({
      resumed: null,
      remarks: [
        'your session of 21:14 ended at 22:03 with exit code 0; it said last:',
        '  done',
        'your session (python3 train.py) of 21:14 can’t be gone back to: the daemon was restarted. ' +
          'What ran in it may go on inside: ds01 container top thesis',
      ],
    });
  });
});

test('another day is said', () => {
  expect(clockTime(new Date(2026, 9, 1, 7, 5).toISOString(), context.nowMs)).toBe(
    '2026-10-01 07:05',
  );
});
