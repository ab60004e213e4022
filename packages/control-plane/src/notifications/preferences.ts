import type { RouteOutput, SiteSettings } from '@ds01/contracts';
import { notificationChannelSchema, type NotificationChannel } from '@ds01/contracts/lifecycle';
import type { StoreTransaction } from '@ds01/ports';
import { z } from 'zod';

type Meta = Pick<StoreTransaction, 'meta'>;

const preferencesSchema = z.object({
  channels: z.partialRecord(notificationChannelSchema, z.boolean()).catch({}),
  mailAddress: z.string().nullable().catch(null),
});
/** What a person chose; what they didn't choose is left out. */
export type Preferences = z.infer<typeof preferencesSchema>;

const nothingChosen: Preferences = { channels: {}, mailAddress: null };

/** By uid: an account of the same name later begins anew. */
const keyOf = (uid: number): string => `notifications.${uid}`;

/** What a person chose; nothing when their uid isn't known. */
export function readPreferences({ meta }: Meta, uid: number | null): Preferences {
  const text = uid === null ? null : meta.get(keyOf(uid));
  if (text === null) return nothingChosen;
  try {
    return preferencesSchema.safeParse(JSON.parse(text)).data ?? nothingChosen;
  } catch {
    return nothingChosen;
  }
}

/** Keeps what a person chose. */
export function writePreferences({ meta }: Meta, uid: number, preferences: Preferences): void {
  meta.set(keyOf(uid), JSON.stringify(preferences));
}

/** Whether a person is told in this way; all ways are on until they are chosen off. */
export function isOn({ channels }: Preferences, channel: NotificationChannel): boolean {
  return channels[channel] ?? true;
}

const address = /^[^\s@<>()[\],;:\\"\p{C}]+@[^\s@<>()[\],;:\\"\p{C}]+$/u;

/**
 * Where a person's mail goes: where they said, else the account's name when it is an address, else the
 * name at `notify.mail.domain`; `null` when none of these is.
 */
export function mailAddressOf(
  user: string,
  preferences: Preferences,
  settings: SiteSettings,
): string | null {
  const domain = settings.notify.mail?.domain ?? null;
  const candidates = [
    preferences.mailAddress,
    user,
    domain === null || user.includes('@') ? null : `${user}@${domain}`,
  ];
  return candidates.find((it): it is string => it !== null && address.test(it)) ?? null;
}

/** Preferences as their person sees them. */
export function presentPreferences(
  user: string,
  preferences: Preferences,
  settings: SiteSettings,
): RouteOutput<'notifications.show'> {
  return {
    channels: {
      terminal: isOn(preferences, 'terminal'),
      workspace: isOn(preferences, 'workspace'),
      mail: isOn(preferences, 'mail'),
    },
    mailAddress: mailAddressOf(user, preferences, settings),
    mailAvailable: settings.notify.mail !== null,
  };
}
