import { createDaemonClient } from './create-daemon-client.ts';
import type { DaemonClient } from './daemon-client.ts';
import { createFetchTransport, type FetchTarget } from './fetch-transport.ts';
import type { CallerOptions } from './options.ts';
import { pause } from './retry.ts';

export type { UploadBody } from './answer.ts';
export type {
  CallOptions,
  DaemonClient,
  FollowedRecords,
  FollowId,
  OperationLine,
  PagedId,
  WaitOptions,
} from './daemon-client.ts';
export type { FetchTarget } from './fetch-transport.ts';
export type { CallerOptions } from './options.ts';
export type { RetryOptions } from './retry.ts';
export { isDs01Error } from '@ds01/contracts/core';

/** How a browser reaches a daemon, and as whom. */
export type BrowserClientOptions = FetchTarget & CallerOptions;

/**
 * The operations of the daemon at an address, for browsers and everything else that has `fetch`. What
 * connects with processes needs more than `fetch` has, and is the Node entry's. The site has to allow the
 * page's origin.
 *
 * @example
 * const client = createBrowserClient({ url: 'https://gpu.example.org:7443', token, version: '0.1.0' });
 * for await (const event of client.follow('events.follow', {})) console.log(event.type);
 */
export function createBrowserClient(options: BrowserClientOptions): DaemonClient {
  return createDaemonClient({ transport: createFetchTransport(options), options, pause });
}
