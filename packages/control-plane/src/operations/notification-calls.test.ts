import { afterEach, describe, expect, test } from 'vitest';
import { deployed } from '../testing/commands.ts';
import { operationsOf } from '../testing/operations.ts';
import { alice, bob, carol, dana } from '../testing/people.ts';
import { createWorld, type World } from '../testing/world.ts';

const settings = `
notify:
  mail: { smtp: 'smtp://localhost:25', from: ds01@example.org, domain: example.org }
`;

describe('how people are told', () => {
  let world: World;
  afterEach(() => world.close());

  function begin(options: { readonly settings?: string } = { settings }) {
    const accounts = [alice, bob, carol, dana].map(({ owner }) => owner);
    world = createWorld({ accounts, ...options });
    return operationsOf(world);
  }

  test('is in every way until they choose', async () => {
    const operations = begin();
    expect(await operations.call('notifications.show', alice, {})).toEqual({
      channels: { terminal: true, workspace: true, mail: true },
      mailAddress: 'alice@example.org',
      mailAvailable: true,
    });
  });

  test('is chosen way by way, each for themselves, and kept', async () => {
    const operations = begin();
    await operations.call('notifications.set', alice, { channels: { terminal: false } });
    await operations.call('notifications.set', alice, { mailAddress: 'a@home.example' });
    expect(await operations.call('notifications.show', alice, {})).toMatchObject({
      channels: { terminal: false, workspace: true, mail: true },
      mailAddress: 'a@home.example',
    });
    expect(await operations.call('notifications.show', bob, {})).toMatchObject({
      channels: { terminal: true },
    });
    await operations.call('notifications.set', alice, { mailAddress: '' });
    expect(await operations.call('notifications.show', alice, {})).toMatchObject({
      mailAddress: 'alice@example.org',
    });
  });

  test('has no address that a mail could not go to', async () => {
    const operations = begin({});
    expect(await operations.call('notifications.show', alice, {})).toMatchObject({
      mailAddress: null,
      mailAvailable: false,
    });
    for (const mailAddress of ['a@b.example, eve@c.example', 'a@b.example\nBcc: x@y.z', 'alice']) {
      const set = operations.call('notifications.set', alice, { mailAddress });
      await expect(set).rejects.toMatchObject({ code: 'request.invalid' });
    }
  });

  test('by an administrator: one person, at once where no daemon is', async () => {
    const operations = begin();
    world.people.written.set('alice', []);
    const told = await operations.call('admin.notify', dana, { user: 'alice', message: 'Hello' });
    expect(told).toEqual({ users: ['alice'], message: 'The message goes to 1 person.' });
    expect(world.people.written.get('alice')?.[0]).toContain('from dana\n   Hello');
    expect(world.people.mails.map(({ to }) => to)).toEqual(['alice@example.org']);
    const nobody = operations.call('admin.notify', dana, { user: 'nobody', message: 'Hello' });
    await expect(nobody).rejects.toMatchObject({ code: 'user.unknown' });
  });

  test('by an administrator: everybody who has a container or is logged in', async () => {
    const operations = begin();
    await deployed(world, 'thesis');
    world.people.loggedInUids = [bob.owner.uid, 4711];
    const input = { user: null, message: 'Reboot at noon' };
    const preview = await operations.call('admin.notify', dana, input, { dryRun: true });
    expect(preview.users).toEqual(['alice', 'bob']);
    expect(world.people.mails).toEqual([]);
    expect(await operations.call('admin.notify', dana, input)).toMatchObject({
      users: ['alice', 'bob'],
    });
    expect(world.people.mails.map(({ to }) => to).toSorted()).toEqual([
      'alice@example.org',
      'bob@example.org',
    ]);
  });

  test('is not for people to tell each other', async () => {
    const operations = begin();
    const telling = operations.call('admin.notify', alice, { user: 'bob', message: 'Hi' });
    await expect(telling).rejects.toMatchObject({ code: 'access.denied' });
  });
});
