import type { CallId, CheckedRouteInput, RouteOutput } from '@ds01/contracts';
import type { NowOrLater } from '../now-or-later.ts';
import type { Caller, UseCaseOptions } from '../caller.ts';

/** For whom an operation runs; the operation knows the door. */
export type Person = Omit<Caller, 'interface'>;

/** What runs an operation, its input being checked. */
export type Call<Id extends CallId> = (
  person: Person,
  input: CheckedRouteInput<Id>,
  options: UseCaseOptions,
) => NowOrLater<RouteOutput<Id>>;

/** What runs each of some operations. */
export type Calls<Ids extends CallId = CallId> = { readonly [Id in Ids]: Call<Id> };
