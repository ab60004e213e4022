import { ds01Error } from '@ds01/contracts';
import { webhookBodySchema } from '@ds01/contracts/lifecycle';
import { afterEach, describe, expect, test } from 'vitest';
import { loadCurrentPolicy } from '../policy.ts';
import { happened } from '../testing/happened.ts';
import { alice, bob } from '../testing/people.ts';
import { createWorld, hourMs, type World } from '../testing/world.ts';
import { deliverDue, retryAfterMs } from './deliver.ts';
import type { Notice } from './notice.ts';
import { writePreferences } from './preferences.ts';
import { queueNotice, queueSiteNotice } from './queue.ts';
import { rates } from './rates.ts';

const settings = `
site: { name: Lab, contact: help@example.org }
notify:
  mail: { smtp: 'smtp://mail.example.org:25', from: ds01@example.org, domain: example.org }
  webhooks: ['https://chat.example.org/hook', 'https://log.example.org/']
  admins: [root@example.org]
`;
const minuteMs = 60_000;

describe('notices', () => {
  let world: World;
  afterEach(() => world.close());

  function begin(options: { readonly settings?: string } = { settings }): void {
    world = createWorld({ accounts: [alice.owner, bob.owner], ...options });
    world.people.written.set('alice', []);
  }

  function notice(change: Partial<Notice> = {}): Notice {
    return {
      user: alice.owner.name,
      uid: alice.owner.uid,
      severity: 'warning',
      title: 'thesis will be stopped in 10m',
      lines: ['Save your work.'],
      container: 'thesis._.alice',
      workspace: '/home/alice/workspace/thesis',
      staleAtMs: world.clock.nowMs() + hourMs,
      ...change,
    };
  }

  const policy = () => loadCurrentPolicy(world.deps());

  function queue(...notices: readonly Notice[]): void {
    const context = { policy: policy(), nowMs: world.clock.nowMs() };
    world.store.transaction((transaction) => {
      for (const it of notices) queueNotice(transaction, context, it);
    });
  }

  const deliver = (deps = world.deps()) => deliverDue(deps, policy());

  const failures = () =>
    happened(world, 'notification.failed').map(({ user, details }) => ({ user, ...details }));

  const waiting = () =>
    world.store.transaction(({ outbox }) => outbox.due(Number.MAX_SAFE_INTEGER, 1000).length);

  const alerts = () => world.people.texts.get('alice:/home/alice/workspace/thesis/.ds01-alerts');

  test('go to terminals, the workspace, mail and every webhook once', async () => {
    begin();
    queue(notice());
    expect(await deliver()).toBeNull();
    expect(world.people.written.get('alice')).toEqual([
      '\n== Lab WARNING: thesis will be stopped in 10m\n   Save your work.\n',
    ]);
    expect(alerts()).toBe(
      '2026-01-05 09:00 UTC WARNING: thesis will be stopped in 10m\n  Save your work.\n\n',
    );
    expect(world.people.mails).toMatchObject([
      {
        server: 'smtp://mail.example.org:25',
        from: 'ds01@example.org',
        to: 'alice@example.org',
        subject: '[Lab] thesis will be stopped in 10m',
      },
    ]);
    expect(world.people.mails[0]?.text).toContain('Questions: help@example.org');
    expect(world.people.posts.map(({ url }) => url)).toEqual([
      'https://chat.example.org/hook',
      'https://log.example.org/',
    ]);
    expect(webhookBodySchema.parse(JSON.parse(world.people.posts[0]?.body ?? ''))).toMatchObject({
      site: 'Lab',
      severity: 'warning',
      user: 'alice',
      container: 'thesis._.alice',
      text: 'thesis will be stopped in 10m\nSave your work.',
    });
    expect(await deliver()).toBeNull();
    expect(world.people.posts).toHaveLength(2);
    expect(waiting()).toBe(0);
  });

  test('need no mail server and no terminal: the file in the workspace is written', async () => {
    begin({});
    queue(notice({ user: bob.owner.name, uid: bob.owner.uid, workspace: '/home/bob/w' }));
    await deliver();
    expect(world.people.texts.get('bob:/home/bob/w/.ds01-alerts')).toContain('WARNING');
    expect(world.people.mails).toEqual([]);
    expect(failures()).toEqual([]);
  });

  test('go only where their person wants them', async () => {
    begin();
    const chosen = { channels: { terminal: false, workspace: false }, mailAddress: 'a@b.example' };
    world.store.transaction((it) => writePreferences(it, alice.owner.uid, chosen));
    queue(notice());
    await deliver();
    expect([world.people.written.get('alice'), alerts()]).toEqual([[], undefined]);
    expect(world.people.mails.map(({ to }) => to)).toEqual(['a@b.example']);
  });

  test('of an administrator to a person go to no webhook', async () => {
    begin();
    queue(notice({ severity: 'message' }));
    await deliver();
    expect(world.people.posts).toEqual([]);
    expect(world.people.mails).toHaveLength(1);
  });

  test('for the site go to its administrators and webhooks', async () => {
    begin();
    const nowMs = world.clock.nowMs();
    const alert = { title: 'the rules have stopped', lines: [], staleAtMs: null };
    world.store.transaction((it) => queueSiteNotice(it, { policy: policy(), nowMs }, alert));
    await deliver();
    expect(world.people.mails).toMatchObject([
      { to: 'root@example.org', subject: '[Lab] the rules have stopped' },
    ]);
    expect(world.people.posts).toHaveLength(2);
    expect(world.people.posts[0]?.body).toContain('"severity":"alert"');
  });

  test('carry no control characters, whatever a container is called or a reason says', async () => {
    begin();
    const lines = ['Reason: \u001b]0;evil\u0007\u202e', `  ds01 container start ${'x'.repeat(90)}`];
    queue(notice({ title: 'a\r\nb\u001b[2J', lines }));
    await deliver();
    const everything = [
      ...(world.people.written.get('alice') ?? []),
      alerts() ?? '',
      world.people.mails[0]?.subject ?? '',
      world.people.mails[0]?.text ?? '',
    ];
    for (const text of everything) expect(text).not.toMatch(/[^\P{C}\n]/u);
    expect(world.people.mails[0]?.subject).toBe('[Lab] a b [2J');
  });

  test('that a server does not take are tried again, later and later, and sent once', async () => {
    begin();
    world.people.failure = 'the server is away';
    queue(notice());
    const beganMs = world.clock.nowMs();
    expect(await deliver()).toBe(beganMs + minuteMs);
    world.clock.advance(minuteMs);
    expect(await deliver()).toBe(beganMs + 3 * minuteMs);
    world.people.failure = null;
    world.clock.advance(2 * minuteMs);
    expect(await deliver()).toBeNull();
    expect([world.people.mails.length, world.people.posts.length]).toEqual([1, 2]);
    expect(world.people.written.get('alice')).toHaveLength(1);
    expect(failures()).toEqual([]);
  });

  test('that are refused for good are given up at once, which is written down', async () => {
    begin();
    const deps = world.deps();
    const refuse = async () => {
      throw ds01Error('notify.failed', { message: '550 no such mailbox', retryable: false });
    };
    queue(notice());
    await deliver({ ...deps, messengers: { ...deps.messengers, mail: refuse } });
    const about = 'thesis will be stopped in 10m';
    const reason = '550 no such mailbox';
    expect(failures()).toEqual([{ user: 'alice', channel: 'mail', about, reason }]);
    expect(waiting()).toBe(0);
  });

  test('that are no news any more are dropped, and told as failed only if they were tried', async () => {
    begin();
    queue(notice());
    world.clock.advance(hourMs);
    expect(await deliver()).toBeNull();
    expect([world.people.mails, world.people.posts, failures()]).toEqual([[], [], []]);
    world.people.failure = 'the server is away';
    queue(notice({ staleAtMs: world.clock.nowMs() + minuteMs }));
    await deliver();
    world.clock.advance(minuteMs);
    expect(await deliver()).toBeNull();
    expect(failures().map(({ user }) => user)).toEqual(['alice', null, null]);
  });

  test('are given up after some attempts when nothing else ends them', async () => {
    begin();
    world.people.failure = 'the server is away';
    queue(notice({ staleAtMs: null }));
    for (let next = await deliver(); next !== null; next = await deliver()) {
      world.clock.advance(next - world.clock.nowMs());
    }
    expect(failures()).toHaveLength(3);
    expect(waiting()).toBe(0);
  });

  test('are not lost when the daemon dies while it sends, and not sent twice by two at once', async () => {
    begin();
    const deps = world.deps();
    const { promise: never } = Promise.withResolvers<never>();
    const hanging = {
      ...deps,
      messengers: { mail: () => never, webhook: () => never },
      terminals: { ...deps.terminals, write: () => never },
    };
    queue(notice());
    void deliver(hanging);
    await deliver();
    expect(world.people.mails).toEqual([]);
    world.clock.advance(minuteMs);
    await deliver();
    expect(world.people.mails).toHaveLength(1);
    expect(world.people.posts).toHaveLength(2);
    expect(world.people.written.get('alice')).toHaveLength(1);
  });

  test('that come too fast become one that says how many', async () => {
    begin();
    const { count, collectMs } = rates.terminal;
    queue(
      ...Array.from({ length: count + 15 }, (_, index) => notice({ title: `message ${index}` })),
    );
    await deliver();
    expect(world.people.written.get('alice')).toHaveLength(count);
    world.clock.advance(collectMs);
    await deliver();
    expect(world.people.written.get('alice')).toHaveLength(count + 1);
    const last = world.people.written.get('alice')?.at(-1) ?? '';
    expect(last).toContain('15 more messages');
    expect(last).toContain(`message ${count}`);
    expect(last).toContain('and 5 more');
    world.clock.advance(rates.mail.collectMs);
    await deliver();
    expect(world.people.mails.at(-1)?.subject).toBe('[Lab] 15 more messages');
    expect(waiting()).toBe(0);
    world.clock.advance(rates.mail.perMs);
    queue(notice({ title: 'later' }));
    await deliver();
    expect(world.people.written.get('alice')?.at(-1)).toContain('later');
  });

  test('of one person take nothing from another’s', async () => {
    begin();
    world.people.written.set('bob', []);
    queue(
      ...Array.from({ length: rates.terminal.count + 1 }, () => notice()),
      notice({ user: bob.owner.name, uid: bob.owner.uid }),
    );
    await deliver();
    expect(world.people.written.get('bob')).toHaveLength(1);
  });

  test('are not put off for a day when somebody sets the clock back by one', async () => {
    begin();
    world.people.failure = 'the server is away';
    queue(notice({ staleAtMs: null }));
    await deliver();
    world.people.failure = null;
    world.clock.jump(-24 * hourMs);
    await deliver();
    expect(world.people.mails).toHaveLength(1);
  });

  test('for an account that is gone, or another’s by now, reach nobody', async () => {
    begin({});
    queue(notice({ uid: 4711 }), notice({ uid: bob.owner.uid }));
    await deliver();
    expect(world.people.texts.size).toBe(0);
    expect(world.people.written.get('alice')).toEqual([]);
    const reason = 'There is no account "alice" any more.';
    expect(failures()).toMatchObject(Array.from({ length: 4 }, () => ({ reason })));
  });

  test('to an address that the site took away meanwhile are dropped', async () => {
    begin();
    queue(notice());
    const old = policy().settings;
    const notify = { ...old.notify, webhooks: [], mail: null };
    await deliverDue(world.deps(), { settings: { ...old, notify } });
    expect([world.people.posts, world.people.mails, waiting()]).toEqual([[], [], 0]);
  });
});

test('attempts are a minute to an hour apart', () => {
  const waits = Array.from({ length: 12 }, (_, attempts) => retryAfterMs(attempts) / minuteMs);
  expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60, 60]);
});
