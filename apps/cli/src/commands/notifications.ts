import { switchFlag, table, textFlag, type FlagValues } from '@ds01/command-line';
import type { RouteInput, RouteOutput } from '@ds01/contracts';
import { ds01Error } from '@ds01/contracts/core';
import type { CommandContext } from '../context.ts';

type Preferences = RouteOutput<'notifications.show'>;
type Channel = keyof Preferences['channels'];

const channels: readonly Channel[] = ['terminal', 'workspace', 'mail'];

/** `ds01 notifications`: how one is told about warnings and stops, and how one wants to be. */
export async function run({ flags, output, runtime, signal }: CommandContext): Promise<number> {
  const wish = wishOf(flags);
  const preferences =
    wish === null
      ? await runtime.api.call('notifications.show', {}, { signal })
      : await runtime.api.call('notifications.set', wish, { signal });
  output.result(preferences, (screen) =>
    table(
      {
        columns: [{ heading: 'CHANNEL' }, { heading: 'IS' }, { heading: 'WHERE', fit: 'wrap' }],
        rows: channels.map((channel) => [
          channel,
          preferences.channels[channel] ? { text: 'on', style: 'green' } : 'off',
          whereText(channel, preferences),
        ]),
      },
      screen,
    ),
  );
  if (wish !== null && switchFlag(flags, 'dryRun')) output.say('nothing was changed');
  return 0;
}

function whereText(channel: Channel, { mailAddress, mailAvailable }: Preferences): string {
  if (channel === 'terminal') return 'in every terminal in which you are logged in on this server';
  if (channel === 'workspace') return 'in the file .ds01-alerts of the container’s workspace';
  if (!mailAvailable) return 'this site sends no mail';
  return mailAddress === null
    ? 'no address: ds01 notifications --mail you@example.org'
    : `to ${mailAddress}`;
}

/** What is to be changed; `null` when only a look is wanted. */
function wishOf(flags: FlagValues): RouteInput<'notifications.set'> | null {
  const mail = textFlag(flags, 'mail');
  const address = mail === null || isSwitch(mail) ? null : mail;
  if (address !== null && address !== '' && !address.includes('@')) {
    throw ds01Error('usage.invalid', {
      message: `--mail is on, off or an address, not ${JSON.stringify(address)}.`,
      hint: 'ds01 notifications --mail off',
    });
  }
  const wanted = {
    ...switched(flags, 'terminal'),
    ...switched(flags, 'workspace'),
    // An empty address is one that is to be forgotten.
    ...(address === null ? switched(flags, 'mail') : { mail: address !== '' }),
  };
  if (Object.keys(wanted).length === 0) return null;
  return { channels: wanted, mailAddress: address };
}

function switched(flags: FlagValues, channel: Channel): Partial<Record<Channel, boolean>> {
  const text = textFlag(flags, channel);
  if (text === null) return {};
  if (isSwitch(text)) return { [channel]: text === 'on' };
  throw ds01Error('usage.invalid', {
    message: `--${channel} is on or off, not ${JSON.stringify(text)}.`,
    hint: 'ds01 notifications --terminal off',
  });
}

function isSwitch(text: string): text is 'on' | 'off' {
  return text === 'on' || text === 'off';
}
