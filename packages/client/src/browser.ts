import type { RouteInput, SessionId } from '@ds01/contracts';
import { isDry, recordOf } from './ask.ts';
import { createDaemonClient } from './create-daemon-client.ts';
import type { CallOptions, DaemonClient } from './daemon-client.ts';
import { createFetchTransport, type FetchTarget } from './fetch-transport.ts';
import type { CallerOptions } from './options.ts';
import { pause } from './retry.ts';
import type { WebSession } from './web-session.ts';

export type { UploadBody } from './answer.ts';
export type {
  CallOptions,
  DaemonClient,
  FollowedRecords,
  FollowId,
  LogLine,
  OperationLine,
  PagedId,
  WaitOptions,
} from './daemon-client.ts';
export type { FetchTarget } from './fetch-transport.ts';
export type { CallerOptions } from './options.ts';
export type { RetryOptions } from './retry.ts';
export type { WebSession } from './web-session.ts';
export { isDs01Error } from '@ds01/contracts/core';

/** How a browser reaches a daemon, and as whom. */
export type BrowserClientOptions = FetchTarget & CallerOptions;

/** The operations of a daemon in a browser: with sessions, which connect with processes. */
export interface BrowserClient extends DaemonClient {
  /**
   * Connects with a process over a WebSocket. Fails before the process runs, or not at all; `signal` ends
   * what isn't open yet, `close` what is.
   */
  session<Id extends SessionId>(
    id: Id,
    input: RouteInput<Id>,
    options?: Pick<CallOptions, 'signal' | 'dryRun'>,
  ): Promise<WebSession>;
}

/**
 * The operations of the daemon at an address, for browsers and everything else that has `fetch` and
 * `WebSocket`. The site has to allow the page's origin.
 *
 * @example
 * const client = createBrowserClient({ url: 'https://gpu.example.org:7443', token, version: '0.1.0' });
 * for await (const event of client.follow('events.follow', {})) console.log(event.type);
 */
export function createBrowserClient(options: BrowserClientOptions): BrowserClient {
  const asking = { transport: createFetchTransport(options), options, pause };
  return {
    ...createDaemonClient(asking),
    async session(id, input, given = {}) {
      const { openWebSession } = await import('./open-web-session.ts');
      const { signal } = given;
      const wanted = { id, input: recordOf(input), dryRun: isDry(asking, given), signal };
      return openWebSession(options, wanted);
    },
  };
}
