import type { IncomingMessage } from 'node:http';
import type { HttpBindings } from '@hono/node-server';
import type { Operations } from '@ds01/control-plane';
import type { Context } from 'hono';
import type { LiveSessions } from '../sessions/connect-session.ts';
import type { ExchangeDependencies, Incoming } from '../exchange.ts';
import type { RunningRequest } from '../requests.ts';
import type { Uploads } from '../work/uploads.ts';
import type { WorkKeeper } from '../work/work-keeper.ts';

/** What the HTTP interface is made of. */
export interface AppDependencies extends ExchangeDependencies {
  readonly operations: Operations;
  /** Origins whose web pages may call. */
  readonly origins: () => readonly string[];
  /** Keeps what goes on without its caller. */
  readonly work: WorkKeeper;
  /** Takes in archives. */
  readonly uploads: Uploads;
  /** What takes long and fails within so long is answered with its failure, not with 202. */
  readonly refusalMs: number;
  /** Largest archive that is taken in. */
  readonly maxUploadBytes: () => number;
  /** Streams that are followed now. */
  readonly live: LiveSessions;
  /** False while the daemon ends: new requests are refused. */
  readonly accepting: () => boolean;
}

/** What Hono knows of the server below it. */
export interface Bindings {
  readonly Bindings: HttpBindings;
}

/** One request in Hono. */
export type HonoContext = Context<Bindings>;

/** A request whose route is known. */
export type Known<Id> = Incoming & {
  readonly id: Id;
  readonly message: IncomingMessage;
  readonly running: RunningRequest;
};

/** What an answer is made with. */
export interface Reply {
  readonly context: HonoContext;
  /** Headers that every answer has. */
  readonly headers: Readonly<Record<string, string>>;
}
