import { actorOf } from '../caller.ts';
import { deliverDue } from '../notifications/deliver.ts';
import {
  presentPreferences,
  readPreferences,
  writePreferences,
  type Preferences,
} from '../notifications/preferences.ts';
import { tellPeople } from '../notifications/tell-people.ts';
import { loadCurrentPolicy } from '../policy.ts';
import type { Calls } from './call.ts';
import type { OperationsHost } from './host.ts';

/** Ids of operations on who is told. */
export type NotificationCallId = 'notifications.show' | 'notifications.set' | 'admin.notify';

/** Operations on who is told. */
export function notificationCalls(host: OperationsHost): Calls<NotificationCallId> {
  return {
    'notifications.show': async ({ owner }) => {
      const { store } = await host.dependencies();
      const { settings } = loadCurrentPolicy(host, { dryRun: true });
      const chosen = store.transaction((transaction) => readPreferences(transaction, owner.uid));
      return presentPreferences(owner.name, chosen, settings);
    },
    'notifications.set': async ({ owner }, { channels, mailAddress }, { dryRun = false }) => {
      const { store } = await host.dependencies();
      const { settings } = loadCurrentPolicy(host, { dryRun: true });
      const chosen = store.transaction((transaction): Preferences => {
        const old = readPreferences(transaction, owner.uid);
        const address = mailAddress === '' ? null : (mailAddress ?? old.mailAddress);
        const changed = { channels: { ...old.channels, ...channels }, mailAddress: address };
        if (!dryRun) writePreferences(transaction, owner.uid, changed);
        return changed;
      });
      return presentPreferences(owner.name, chosen, settings);
    },
    'admin.notify': async (person, { user, message }, options) => {
      const deps = await host.dependencies();
      const told = await tellPeople(deps, { user, message, by: actorOf(person) }, options);
      if (options.dryRun === true) return told;
      if (host.lifecycle !== null) host.lifecycle.wake();
      else await deliverDue(deps, loadCurrentPolicy(host, { dryRun: true }), options);
      return told;
    },
  };
}
