import { z } from 'zod';

/**
 * How a route answers. `call`: one JSON document, on demand preceded by lines of progress. `stream`:
 * chunks of output until it ends. `session`: an upgraded connection in both directions. `upload`: a
 * body of bytes goes in, long work begins, and its operation is the answer.
 */
export type RouteKind = 'call' | 'stream' | 'session' | 'upload';

/** One operation of the control plane, as every door offers it. */
export interface RouteHead {
  readonly kind: RouteKind;
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Path with `{parameters}`, which are keys of the input. */
  readonly path: string;
  /** Who may call it: anybody who reaches the server, everybody with an account, or administrators. */
  readonly role: 'public' | 'user' | 'admin';
  /** Changes something: is written to the audit log. */
  readonly mutates: boolean;
  /** Whose thing it is about: the caller's container, image or account, or nobody's. */
  readonly object:
    | 'container'
    | 'image'
    | 'user'
    | 'request'
    | 'operation'
    | 'queue-entry'
    | 'token'
    | 'none';
  /** What is answered with 202 and an operation unless progress is wanted on the connection. */
  readonly answersLater?: boolean;
  /** What no token reaches, whatever its scope. */
  readonly socketOnly?: boolean;
  /** Takes long enough for people to want progress. */
  readonly slow: boolean;
  readonly summary: string;
}

/** What goes into an operation and comes out of it. */
export interface RouteSchemas {
  /** Path parameters, then query (GET, DELETE) or body (POST) in one object. */
  readonly input: z.ZodObject;
  /** What a `call` returns; other kinds return none. */
  readonly output: z.ZodType;
}

/** An operation with its schemas. */
export interface Route extends RouteHead, RouteSchemas {}

/** A switch in a query, where everything is text; also a plain boolean. */
export const queryFlagSchema = z.union([z.boolean(), z.stringbool()]).default(false);

/** A whole number in a query; also a plain number. */
export const queryIntegerSchema = z.union([
  z.int(),
  z
    .string()
    .regex(/^-?\d{1,15}$/)
    .transform(Number),
]);

/** Last moment that can be written down as people do, with four digits for the year. */
const latestMs = Date.UTC(9999, 11, 31);

/** A moment from 1970 on, in Unix milliseconds. */
export const momentMsSchema = z
  .int()
  .min(0)
  .max(latestMs, { error: 'a moment before the year 10000, in milliseconds' });

/** Schemas of a route that answers with one document. */
export function callRoute<Input extends z.ZodObject, Output extends z.ZodType>(schemas: {
  readonly input: Input;
  readonly output: Output;
}) {
  return schemas;
}

/** Schemas of a route that streams output. */
export function streamRoute<Input extends z.ZodObject>({ input }: { readonly input: Input }) {
  return { input, output: z.never() };
}

/** Schemas of a route that upgrades its connection to a session with a process. */
export function sessionRoute<Input extends z.ZodObject>({ input }: { readonly input: Input }) {
  return { input, output: z.never() };
}
