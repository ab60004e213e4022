import {
  ds01Error,
  routes,
  type CallId,
  type CheckedRouteInput,
  type RouteId,
  type RouteInput,
  type RouteOutput,
  type SessionId,
  type StreamId,
} from '@ds01/contracts';
import type { EngineSession, LogChunk } from '@ds01/ports';
import type { z } from 'zod';
import type { Caller, UseCaseOptions } from '../caller.ts';
import { createFollowers } from '../events/followers.ts';
import { attach, exec, forward, logs, resume } from '../session.ts';
import { atOnceCalls, type AtOnceId } from './at-once-calls.ts';
import type { Calls, Person } from './call.ts';
import { containerCalls, turnKey } from './container-calls.ts';
import type { OperationsHost } from './host.ts';
import { imageCalls, imageTurnKey } from './image-calls.ts';
import { lifecycleCalls } from './lifecycle-calls.ts';
import { eventCalls } from './event-calls.ts';
import { notificationCalls } from './notification-calls.ts';
import { policyCalls } from './policy-calls.ts';
import { actCalls } from './act-calls.ts';
import { overviewCalls } from './overview-calls.ts';
import { queueCalls } from './queue-calls.ts';
import { tokenCalls } from './token-calls.ts';
import { refuseBeyond } from './refuse-beyond.ts';
import { workCalls } from './work-calls.ts';
import { systemCalls } from './system-calls.ts';
import { createTurns } from './turns.ts';
import { withLooks } from './with-looks.ts';

/** Every operation, for any person. */
export interface Operations {
  /**
   * The checked input of what this person may ask for; fails as the operation itself would. For doors
   * that have to know before they begin.
   */
  admit<Id extends RouteId>(id: Id, person: Person, input: unknown): CheckedRouteInput<Id>;
  call<Id extends CallId>(
    id: Id,
    person: Person,
    input: RouteInput<Id>,
    options?: UseCaseOptions,
  ): Promise<RouteOutput<Id>>;
  /** {@link call} without a promise, for what waits for nothing: what it refuses is thrown. */
  callAtOnce<Id extends AtOnceId>(id: Id, person: Person, input: RouteInput<Id>): RouteOutput<Id>;
  session<Id extends SessionId>(
    id: Id,
    person: Person,
    input: RouteInput<Id>,
    options?: UseCaseOptions,
  ): Promise<EngineSession>;
  stream<Id extends StreamId>(
    id: Id,
    person: Person,
    input: RouteInput<Id>,
    options?: UseCaseOptions,
  ): Promise<AsyncIterable<LogChunk>>;
}

/**
 * The use cases under the ids of the route table: input checked by its schema (`request.invalid`),
 * role checked (`access.denied`), changes of one container one after the other.
 */
export function createOperations(host: OperationsHost): Operations {
  const turns = host.turns ?? createTurns();
  const addFollower = createFollowers();
  const atOnce = atOnceCalls(host);
  const calls: Calls = {
    ...atOnce,
    ...containerCalls(host, turns),
    ...imageCalls(host, turns),
    ...systemCalls(host),
    ...lifecycleCalls(host, turns),
    ...eventCalls(host),
    ...notificationCalls(host),
    ...policyCalls(host),
    ...actCalls(host, turns),
    ...overviewCalls(host),
    ...queueCalls(host),
    ...tokenCalls(host),
    ...workCalls(host),
  };
  const callAtOnce: Operations['callAtOnce'] = (id, person, input) => {
    refuseBeyond(id, person);
    return atOnce[id](person, checkInput(id, input));
  };
  return {
    callAtOnce,
    admit(id, person, input) {
      refuseBeyond(id, person);
      return checkInput(id, input);
    },
    async call(id, person, input, options = {}) {
      refuseBeyond(id, person);
      const checked = checkInput(id, input);
      // Who waits for a turn changes nothing meanwhile; each attempt says itself that it does.
      const looks = mayWait(checked) ? undefined : host.looks;
      return await withLooks(looks, { id, options }, async (own) =>
        calls[id](person, checked, own),
      );
    },
    async session(id, person, input, options = {}) {
      refuseBeyond(id, person);
      const caller: Caller = { ...person, interface: 'atomic' };
      if (id === 'containers.attach') {
        const checked = checkInput('containers.attach', input);
        return attach(await host.dependencies(), caller, checked, options);
      }
      if (id === 'images.build') {
        const checked = checkInput('images.build', input);
        const imageTurn = imageTurnKey(person, checked.name);
        const turn = { turns, imageTurn };
        const { buildImage } = await import('../images/build/build-image.ts');
        return buildImage(await host.dependencies(), caller, checked, { ...options, ...turn });
      }
      const { keeper } = host;
      if (id === 'containers.resume') {
        const checked = checkInput('containers.resume', input);
        return resume(await host.dependencies(), caller, checked, { ...options, keeper });
      }
      if (id === 'containers.forward') {
        const checked = checkInput('containers.forward', input);
        return forward(await host.dependencies(), caller, checked, options);
      }
      const checked = checkInput('containers.exec', input);
      const deps = await host.dependencies();
      const open = (): Promise<EngineSession> =>
        exec(deps, caller, checked, { ...options, keeper });
      if (!checked.startFirst) return open();
      const start = () => (host.looks === undefined ? open() : host.looks.changing(open));
      return turns.take(turnKey(person, checked.name), start, options.signal);
    },
    async stream(id, person, input, options = {}) {
      refuseBeyond(id, person);
      if (id === 'events.follow') {
        const { afterId, ...filter } = checkInput('events.follow', input);
        const { followEvents } = await import('../events/follow.ts');
        addFollower(person, options.signal);
        const deps = await host.dependencies();
        return followEvents(deps, person, { filter, afterId }, options.signal);
      }
      if (id === 'queue.follow') {
        const wanted = { ...checkInput('queue.follow', input), person, signal: options.signal };
        const { followEntry } = await import('../queue/asking/follow-entry.ts');
        addFollower(person, options.signal);
        return followEntry(await host.dependencies(), host.queue, wanted);
      }
      if (id === 'operations.follow') {
        const wanted = { ...checkInput('operations.follow', input), person };
        const { followWork } = await import('../work/follow-work.ts');
        const deps = await host.dependencies();
        return followWork(deps, host.work, { ...wanted, signal: options.signal });
      }
      if (id === 'events.export') {
        const { afterId, ...filter } = checkInput('events.export', input);
        const { exportEvents } = await import('../events/export.ts');
        const deps = await host.dependencies();
        return exportEvents(deps, person, { filter, afterId }, options.signal);
      }
      if (id === 'daemon.metrics') {
        checkInput('daemon.metrics', input);
        return metricsOf(host);
      }
      const checked = checkInput('containers.logs', input);
      const caller: Caller = { ...person, interface: 'atomic' };
      const { signal, dryRun } = options;
      const wanted = { ...checked, signal };
      return logs(await host.dependencies(), caller, wanted, { dryRun, looks: host.looks });
    },
  };
}

async function* metricsOf({ metrics }: OperationsHost): AsyncGenerator<LogChunk> {
  if (metrics === null) {
    throw ds01Error('daemon.unreachable', {
      message: 'Only a daemon counts anything.',
      hint: 'systemctl start ds01d',
    });
  }
  yield { stream: 'stdout', bytes: new TextEncoder().encode(await metrics()) };
}

function mayWait(input: object): boolean {
  return 'wait' in input && input.wait !== null;
}

/** Fails with `request.invalid`, naming every field that is wrong. */
function checkInput<Id extends RouteId>(id: Id, input: unknown): CheckedRouteInput<Id> {
  const schema: z.ZodType = routes[id].input;
  const parsed = schema.safeParse(input);
  // The schema of this very id; TypeScript can't follow the parameter through the table.
  if (parsed.success) return parsed.data as CheckedRouteInput<Id>;
  throw ds01Error('request.invalid', {
    message: `The request was not understood: ${parsed.error.issues.map(issueText).join('; ')}.`,
    hint: `/api/docs#${id} says what it takes, /openapi.json says it to programs`,
    details: { operation: id },
  });
}

function issueText({ path, message }: z.core.$ZodIssue): string {
  return path.length === 0 ? message : `${path.join('.')}: ${message}`;
}
