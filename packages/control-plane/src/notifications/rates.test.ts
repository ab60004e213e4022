import { afterEach, beforeEach, expect, test } from 'vitest';
import { createNoticeWorld, type NoticeWorld } from '../testing/notices.ts';
import { bob } from '../testing/people.ts';
import type { World } from '../testing/world.ts';
import { loadCurrentPolicy } from '../policy.ts';
import { writePreferences } from './preferences.ts';
import { queueSiteNotice } from './queue.ts';
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

test('who gives another’s address for their mail takes nothing from them', async () => {
  const { name: user, uid } = bob.owner;
  world.store.transaction((transaction) =>
    writePreferences(transaction, uid, { channels: {}, mailAddress: 'alice@example.org' }),
  );
  notices.queue(
    ...Array.from({ length: rates.mail.count + 5 }, () => notices.notice({ user, uid })),
    notices.notice({ title: 'hers' }),
  );
  await notices.deliver();
  expect(world.people.mails.at(-1)).toMatchObject({
    to: 'alice@example.org',
    subject: '[Lab] hers',
  });
});

test('notices of people keep no alert of the site from a webhook', async () => {
  notices.queue(...Array.from({ length: rates.webhook.count + 5 }, () => notices.notice()));
  const context = { policy: loadCurrentPolicy(world.deps()), nowMs: world.clock.nowMs() };
  world.store.transaction((transaction) =>
    queueSiteNotice(transaction, context, { title: 'stalled', lines: [], staleAtMs: null }),
  );
  await notices.deliver();
  expect(world.people.posts.filter(({ body }) => body.includes('stalled'))).toHaveLength(2);
});
