import { createBrowserClient } from '../browser.ts';
import { createClient } from '../client.ts';
import type { DaemonClient } from '../daemon-client.ts';
import type { CallerOptions } from '../options.ts';
import type { FakeDaemon } from './fake-daemon.ts';

/** A secret as tokens have it. */
export const token = `ds01_${'A'.repeat(43)}`;

/** A way in, with a client that sends again at once. */
export interface Door {
  readonly name: string;
  readonly open: (daemon: FakeDaemon, options?: Partial<CallerOptions>) => DaemonClient;
}

const impatient = { version: '1.2.3', retry: { firstPauseMs: 1, longestPauseMs: 1500 } } as const;

/** Every way in: what holds for one holds for all. */
export const doors: readonly Door[] = [
  {
    name: 'the socket',
    open: ({ socketPath }, options) => createClient({ socketPath, ...impatient, ...options }),
  },
  {
    name: 'an address',
    open: ({ url }, options) => createClient({ url, token, ...impatient, ...options }),
  },
  {
    name: 'fetch',
    open: ({ url }, options) => createBrowserClient({ url, token, ...impatient, ...options }),
  },
];
