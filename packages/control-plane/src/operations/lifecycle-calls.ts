import { actorOf, type Caller } from '../caller.ts';
import type { Calls, Person } from './call.ts';
import { turnKey } from './container-calls.ts';
import type { OperationsHost } from './host.ts';
import { extensionOrder, inPages } from './in-pages.ts';
import type { Turns } from './turns.ts';

/** Ids of operations on the life of containers. */
export type LifecycleCallId =
  | 'containers.explain'
  | 'containers.keep'
  | 'containers.extend'
  | 'admin.users.extend'
  | 'admin.extensions'
  | 'admin.lifecycle.plan'
  | 'admin.lifecycle.run'
  | 'admin.lifecycle.pause'
  | 'admin.lifecycle.status';

/** Operations on the life of containers. */
export function lifecycleCalls(host: OperationsHost, turns: Turns): Calls<LifecycleCallId> {
  const atomic = (person: Person): Caller => ({ ...person, interface: 'atomic' });
  const wake = ({ dryRun }: { readonly dryRun?: boolean | undefined }): void => {
    if (dryRun !== true) host.lifecycle?.wake();
  };
  return {
    'containers.explain': async (person, input, options) => {
      const { explain } = await import('../lifecycle/asking/explain.ts');
      return explain(await host.dependencies(), atomic(person), input, options);
    },
    'containers.keep': async (person, input, options) => {
      const { keep } = await import('../lifecycle/asking/keep.ts');
      const deps = await host.dependencies();
      const work = () => keep(deps, atomic(person), input, options);
      const output = await turns.take(turnKey(person, input.name), work, options.signal);
      wake(options);
      return output;
    },
    'containers.extend': async (person, input, options) => {
      const { extend } = await import('../lifecycle/asking/extend.ts');
      const deps = await host.dependencies();
      const work = () => extend(deps, atomic(person), input, options);
      const output = await turns.take(turnKey(person, input.name), work, options.signal);
      wake(options);
      return output;
    },
    'admin.users.extend': async (person, input, options) => {
      const { answerExtension } = await import('../lifecycle/asking/extend.ts');
      const output = await answerExtension(
        await host.dependencies(),
        atomic(person),
        input,
        options,
      );
      wake(options);
      return output;
    },
    'admin.extensions': async (_, page, options) => {
      const { extensions } = await import('../lifecycle/asking/extend.ts');
      const { requests } = await extensions(await host.dependencies(), options);
      const { items, next } = inPages(requests, page, extensionOrder);
      return { requests: items, ...next };
    },
    'admin.lifecycle.plan': async (_, input, options) => {
      const { plan } = await import('../lifecycle/asking/administer.ts');
      return plan(await host.dependencies(), input, options);
    },
    'admin.lifecycle.run': async (_, { rule }, options) => {
      const deps = await host.dependencies();
      if (options.dryRun === true) {
        const { previewRun } = await import('../lifecycle/asking/administer.ts');
        return previewRun(deps, rule, options);
      }
      if (host.lifecycle !== null) return host.lifecycle.run(rule);
      const { createLifecycle } = await import('../lifecycle/create-lifecycle.ts');
      return createLifecycle(deps, { turns, onWake: () => undefined }).run(rule);
    },
    'admin.lifecycle.pause': async (person, input, options) => {
      const { pauseRules } = await import('../lifecycle/asking/administer.ts');
      const deps = await host.dependencies();
      const output = pauseRules(deps, { ...input, by: actorOf(person) }, options);
      wake(options);
      return output;
    },
    'admin.lifecycle.status': async () => {
      const { storedStatus } = await import('../lifecycle/asking/administer.ts');
      const stored = storedStatus(await host.dependencies());
      const status = host.lifecycle?.status() ?? { stalledSince: null, rules: [] };
      return { ...status, ...stored };
    },
  };
}
