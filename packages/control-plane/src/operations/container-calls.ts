import type { CallId, CheckedRouteInput } from '@ds01/contracts';
import type { Caller } from '../caller.ts';
import { deploy } from '../deploy/deploy.ts';
import { pause, unpause } from '../pause.ts';
import { deployInTurn } from '../queue/claiming/wait-for-turn.ts';
import { recreate } from '../recreate.ts';
import { remove, retire } from '../remove.ts';
import { rename } from '../rename.ts';
import { restart } from '../restart.ts';
import { sessions } from '../session.ts';
import { stats } from '../stats.ts';
import { stop } from '../stop.ts';
import { top } from '../top.ts';
import { list, show, start } from '../verbs.ts';
import type { Calls, Person } from './call.ts';
import { engineFactsOf } from './engine-facts.ts';
import type { OperationsHost } from './host.ts';
import type { ImageCallId } from './image-calls.ts';
import { byDockerName, inPages } from './in-pages.ts';
import type { LifecycleCallId } from './lifecycle-calls.ts';
import type { Turns } from './turns.ts';

/** Operations on one container of a name, or on all of a person. */
export function containerCalls(
  host: OperationsHost,
  turns: Turns,
): Calls<Exclude<Extract<CallId, `containers.${string}`>, ImageCallId | LifecycleCallId>> {
  const atomic = (person: Person): Caller => ({ ...person, interface: 'atomic' });
  return {
    'containers.list': async (person, { all, ...page }, options) => {
      const listed = await list(await host.dependencies(), atomic(person), { all }, options);
      const { items, next } = inPages(listed.containers, page, byDockerName('containers.list'));
      return { ...listed, containers: items, ...next };
    },
    'containers.deploy': async (person, input, options) => {
      const caller: Caller = { ...person, interface: doorOf(person, input.start) };
      const deps = await host.dependencies();
      const key = turnKey(person, nameGivenIn(input));
      const { wait } = input;
      const take = <T>(work: () => Promise<T>): Promise<T> => {
        const change = () => host.looks?.changing(work) ?? work();
        return turns.take(key, wait === null ? work : change, options.signal);
      };
      const { placement, ...result } =
        wait === null
          ? await take(() => deploy(deps, caller, input, options))
          : await deployInTurn({ deps, queue: host.queue, take }, { caller, input, wait }, options);
      return { ...result, explanation: placement?.reason ?? null };
    },
    'containers.show': async (person, input, options) => {
      const view = await show(await host.dependencies(), atomic(person), input, options);
      return { container: view.container, engine: engineFactsOf(view.details, view.record) };
    },
    'containers.sessions': async (person, input, options) =>
      sessions(await host.dependencies(), atomic(person), input, {
        ...options,
        keeper: host.keeper,
      }),
    'containers.stats': async (person, input, options) =>
      stats(await host.dependencies(), atomic(person), input, options),
    'containers.top': async (person, input, options) =>
      top(await host.dependencies(), atomic(person), input, options),
    'containers.start': inTurn(host, turns, (deps, person, input, options) =>
      (input.recreate ? recreate : start)(deps, atomic(person), input, options),
    ),
    'containers.stop': inTurn(host, turns, (deps, person, input, options) =>
      stop(deps, atomic(person), input, options),
    ),
    'containers.restart': inTurn(host, turns, (deps, person, input, options) =>
      restart(deps, atomic(person), input, options),
    ),
    'containers.rename': async (person, input, options) => {
      const deps = await host.dependencies();
      const work = () => rename(deps, atomic(person), input, options);
      // Always in one order, so that two who swap names don't wait for each other.
      const keys = new Set([input.name, input.newName].map((name) => turnKey(person, name)));
      return [...keys]
        .toSorted()
        .reduceRight((inner, key) => () => turns.take(key, inner, options.signal), work)();
    },
    'containers.pause': inTurn(host, turns, (deps, person, input, options) =>
      pause(deps, atomic(person), input, options),
    ),
    'containers.unpause': inTurn(host, turns, (deps, person, input, options) =>
      unpause(deps, atomic(person), input, options),
    ),
    'containers.remove': inTurn(host, turns, (deps, person, input, options) =>
      remove(deps, atomic(person), input, options),
    ),
    'containers.retire': inTurn(host, turns, (deps, person, input, options) =>
      retire(deps, atomic(person), input, options),
    ),
  };
}

/** By which door a new container comes in: programs have tokens, people the kernel's word. */
function doorOf({ token }: Person, start: boolean): Caller['interface'] {
  if (token !== undefined) return 'api';
  return start ? 'orchestration' : 'atomic';
}

type Work<Input, Output> = (
  deps: Awaited<ReturnType<OperationsHost['dependencies']>>,
  person: Person,
  input: Input,
  options: Parameters<Calls['containers.stop']>[2],
) => Promise<Output>;

/** Changes of one container wait for those that were asked for before. */
function inTurn<Input extends { readonly name: string }, Output>(
  host: OperationsHost,
  turns: Turns,
  work: Work<Input, Output>,
) {
  return async (
    person: Person,
    input: Input,
    options: Parameters<Work<Input, Output>>[3],
  ): Promise<Output> => {
    const deps = await host.dependencies();
    const key = turnKey(person, input.name);
    return turns.take(key, () => work(deps, person, input, options), options.signal);
  };
}

/** Under what changes of a person's container wait for each other. */
export function turnKey(person: Person, name: string): string {
  return `${person.owner.name}/${name.toLowerCase()}`;
}

/** What the container will be called, near enough to wait for others of that name. */
function nameGivenIn(input: CheckedRouteInput<'containers.deploy'>): string {
  const last = input.image?.split('/').at(-1)?.split(':')[0];
  return (input.name ?? input.project ?? last ?? '').toLowerCase();
}
