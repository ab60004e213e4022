import { localTime, plainScreen } from '@ds01/command-line';
import type { RouteOutput } from '@ds01/contracts';
import type { QueueEntryView } from '@ds01/contracts/service';
import { expect, test } from 'vitest';
import { adminQueueText, drainText, holdText, movedText, removedText } from './queue-text.ts';

const now = '2026-11-22T23:00:00.000Z';
const nowMs = Date.parse(now);
const soon = '2026-11-22T23:35:00.000Z';

function entryOf(changes: Partial<QueueEntryView> = {}): QueueEntryView {
  return {
    id: `q${'0'.repeat(19)}1`,
    state: 'waiting',
    position: 1,
    of: 2,
    user: 'alice',
    group: 'student',
    own: false,
    kind: 'interactive',
    priority: 'normal',
    container: 'thesis',
    verb: 'deploy',
    gpu: { kind: 'any' },
    asksFor: '1 GPU',
    reason: { code: 'no-slot-free', message: 'all GPUs are in use' },
    queuedAt: '2026-11-22T22:00:00.000Z',
    waitedMs: 3_600_000,
    estimatedStartAt: soon,
    waitsUntil: null,
    claimUntil: null,
    slots: [],
    ...changes,
  };
}

const queue: RouteOutput<'admin.queue'> = {
  entries: [
    entryOf({
      id: `q${'0'.repeat(19)}2`,
      user: 'bob',
      state: 'granted',
      position: null,
      slots: ['0'],
      claimUntil: '2026-11-22T23:01:30.000Z',
      reason: { code: 'granted', message: 'it is kept until it is claimed' },
    }),
    entryOf(),
  ],
  draining: { reason: 'maintenance' },
  held: null,
  users: [{ user: 'alice', group: 'student', gpuHours: 12.34, weight: 2, waiting: 1 }],
  reserved: [{ entry: entryOf().id, slots: ['1', '2'], estimatedStartAt: null }],
};

test('the queue tells who waits and why, what is collected, and what each has used', () => {
  expect(adminQueueText(queue, plainScreen, nowMs).split('\n')).toEqual([
    expect.stringMatching(/^PLACE +USER +CONTAINER +ASKS FOR +PRIORITY +WAITED +WITHIN +ID +WHY$/),
    expect.stringMatching(/^now +bob +thesis +1 GPU .* now .*GPU 0 is kept for it for 1m 30s$/),
    expect.stringMatching(/^1 +alice +thesis +1 GPU +normal +1h +35m .*all GPUs are/),
    '',
    'collected for alice/thesis: GPU 1, 2',
    'nobody may join at the moment: maintenance',
    '',
    expect.stringMatching(/^USER +GROUP +GPU HOURS +SHARE +WAITING$/),
    expect.stringMatching(/^alice +student +12\.3 +2 +1$/),
  ]);
});

test('an empty queue says so', () => {
  const empty = { ...queue, entries: [], users: [], reserved: [], draining: null };
  expect(adminQueueText(empty, plainScreen, nowMs)).toBe('nobody waits for a GPU');
});

test('what was done is said of whom it concerns', () => {
  const entry = entryOf({ priority: 'high' });
  const clock = localTime(soon).slice(11, 16);
  expect(movedText(entry, nowMs)).toBe(
    `alice/thesis: place 1 of 2, within about 35m (by ${clock}), priority high`,
  );
  expect(removedText(entry, false)).toBe('alice/thesis (1 GPU) was taken out of the queue');
  expect(removedText(entry, true)).toContain('would be taken');
  expect(holdText(queue, { named: null, on: true })).toMatch(
    /^nothing is granted.*1 request waits/,
  );
  expect(holdText(queue, { named: 'alice/thesis', on: false })).toBe('alice/thesis is let go');
  expect(drainText({ ...queue, entries: [] }, false)).toMatch(/join the queue again; 0 requests/);
});
