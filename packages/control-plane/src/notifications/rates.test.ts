import { afterEach, beforeEach, expect, test } from 'vitest';
import { createNoticeWorld, type NoticeWorld } from '../testing/notices.ts';
import { bob } from '../testing/people.ts';
import type { World } from '../testing/world.ts';
import { rates } from './rates.ts';

let world: World;
let notices: NoticeWorld;
beforeEach(() => {
  notices = createNoticeWorld();
  ({ world } = notices);
});
afterEach(() => world.close());

test('notices that come too fast become one that says how many', async () => {
  const { count, collectMs } = rates.terminal;
  notices.queue(
    ...Array.from({ length: count + 15 }, (_, index) =>
      notices.notice({ title: `message ${index}` }),
    ),
  );
  await notices.deliver();
  expect(world.people.written.get('alice')).toHaveLength(count);
  world.clock.advance(collectMs);
  await notices.deliver();
  expect(world.people.written.get('alice')).toHaveLength(count + 1);
  const last = world.people.written.get('alice')?.at(-1) ?? '';
  expect(last).toContain('15 more messages');
  expect(last).toContain(`message ${count}`);
  expect(last).toContain('and 5 more');
  world.clock.advance(rates.mail.collectMs);
  await notices.deliver();
  expect(world.people.mails.at(-1)?.subject).toBe('[Lab] 15 more messages');
  expect(notices.waiting()).toBe(0);
  world.clock.advance(rates.mail.perMs);
  await notices.deliver();
  expect(world.store.transaction(({ meta }) => meta.list('notify.rate.'))).toEqual([]);
  notices.queue(notices.notice({ title: 'later' }));
  await notices.deliver();
  expect(world.people.written.get('alice')?.at(-1)).toContain('later');
});

test('notices of one person take nothing from another’s', async () => {
  world.people.written.set('bob', []);
  notices.queue(
    ...Array.from({ length: rates.terminal.count + 1 }, () => notices.notice()),
    notices.notice({ user: bob.owner.name, uid: bob.owner.uid }),
  );
  await notices.deliver();
  expect(world.people.written.get('bob')).toHaveLength(1);
});
