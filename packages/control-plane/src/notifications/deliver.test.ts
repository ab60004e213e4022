import { ds01Error } from '@ds01/contracts';
import { webhookBodySchema } from '@ds01/contracts/lifecycle';
import { afterEach, describe, expect, test } from 'vitest';
import { loadCurrentPolicy } from '../policy.ts';
import { createNoticeWorld, type NoticeWorld } from '../testing/notices.ts';
import { alice, bob } from '../testing/people.ts';
import { hourMs, type World } from '../testing/world.ts';
import { deliverDue, retryAfterMs } from './deliver.ts';
import { writePreferences } from './preferences.ts';
import { queueSiteNotice } from './queue.ts';

const minuteMs = 60_000;

describe('notices', () => {
  let world: World;
  let notices: NoticeWorld;
  afterEach(() => world.close());

  function begin(settings?: string | null): void {
    notices = createNoticeWorld(settings);
    ({ world } = notices);
  }
  const notice: NoticeWorld['notice'] = (change) => notices.notice(change);
  const queue: NoticeWorld['queue'] = (...given) => notices.queue(...given);
  const deliver: NoticeWorld['deliver'] = (deps) => notices.deliver(deps);
  const policy = () => loadCurrentPolicy(world.deps());

  test('go to terminals, the workspace, mail and every webhook once', async () => {
    begin();
    queue(notice());
    expect(await deliver()).toBeNull();
    expect(world.people.written.get('alice')).toEqual([
      '\n== Lab WARNING: thesis will be stopped in 10m\n   Save your work.\n',
    ]);
    expect(notices.alerts()).toBe(
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
    expect(notices.waiting()).toBe(0);
  });

  test('need no mail server and no terminal: the file in the workspace is written', async () => {
    begin(null);
    queue(notice({ user: bob.owner.name, uid: bob.owner.uid, workspace: '/home/bob/w' }));
    await deliver();
    expect(world.people.texts.get('bob:/home/bob/w/.ds01-alerts')).toContain('WARNING');
    expect(world.people.mails).toEqual([]);
    expect(notices.failures()).toEqual([]);
  });

  test('go only where their person wants them', async () => {
    begin();
    const chosen = { channels: { terminal: false, workspace: false }, mailAddress: 'a@b.example' };
    world.store.transaction((it) => writePreferences(it, alice.owner.uid, chosen));
    queue(notice());
    await deliver();
    expect([world.people.written.get('alice'), notices.alerts()]).toEqual([[], undefined]);
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
      notices.alerts() ?? '',
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
    expect(notices.failures()).toEqual([]);
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
    expect(notices.failures()).toEqual([{ user: 'alice', channel: 'mail', about, reason }]);
    expect(notices.waiting()).toBe(0);
  });

  test('that a server puts off for one person are sent to the others at once', async () => {
    begin();
    const deps = world.deps();
    const details = { answered: true };
    const mail: typeof deps.messengers.mail = async (letter) => {
      if (letter.to === 'bob@example.org') return deps.messengers.mail(letter);
      throw ds01Error('notify.failed', { message: '451 come back', retryable: true, details });
    };
    const { name, uid } = bob.owner;
    // More than go out at once.
    queue(...Array.from({ length: 9 }, () => notice()), notice({ user: name, uid }));
    await deliver({ ...deps, messengers: { ...deps.messengers, mail } });
    expect(world.people.mails.map(({ to }) => to)).toEqual(['bob@example.org']);
  });

  test('that are no news any more are dropped, and told as failed only if they were tried', async () => {
    begin();
    queue(notice());
    world.clock.advance(hourMs);
    expect(await deliver()).toBeNull();
    expect([world.people.mails, world.people.posts, notices.failures()]).toEqual([[], [], []]);
    world.people.failure = 'the server is away';
    queue(notice({ staleAtMs: world.clock.nowMs() + minuteMs }));
    await deliver();
    world.clock.advance(minuteMs);
    expect(await deliver()).toBeNull();
    expect(notices.failures().map(({ user }) => user)).toEqual(['alice', null, null]);
  });

  test('are given up after some attempts when nothing else ends them', async () => {
    begin();
    world.people.failure = 'the server is away';
    queue(notice({ staleAtMs: null }));
    for (let next = await deliver(); next !== null; next = await deliver()) {
      world.clock.advance(next - world.clock.nowMs());
    }
    expect(notices.failures()).toHaveLength(3);
    expect(notices.waiting()).toBe(0);
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
    begin(null);
    queue(notice({ uid: 4711 }), notice({ uid: bob.owner.uid }));
    await deliver();
    expect(world.people.texts.size).toBe(0);
    expect(world.people.written.get('alice')).toEqual([]);
    const reason = 'There is no account "alice" any more.';
    expect(notices.failures()).toMatchObject(Array.from({ length: 4 }, () => ({ reason })));
  });

  test('to an address that the site took away meanwhile are dropped', async () => {
    begin();
    queue(notice());
    const old = policy().settings;
    const notify = { ...old.notify, webhooks: [], mail: null };
    await deliverDue(world.deps(), { settings: { ...old, notify } });
    expect([world.people.posts, world.people.mails, notices.waiting()]).toEqual([[], [], 0]);
  });
});

test('attempts are a minute to an hour apart', () => {
  const waits = Array.from({ length: 12 }, (_, attempts) => retryAfterMs(attempts) / minuteMs);
  expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60, 60]);
});
