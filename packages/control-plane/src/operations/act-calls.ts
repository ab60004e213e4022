import type { Acting } from '../act/acting.ts';
import { adopt } from '../act/adopt.ts';
import { emergencyStop } from '../act/emergency-stop.ts';
import { getAny } from '../act/find-any.ts';
import { offboard } from '../act/offboard.ts';
import { protect } from '../act/protect.ts';
import { releaseLease } from '../act/release-lease.ts';
import { removeAny, stopAny } from '../act/stop-any.ts';
import { actorOf, type UseCaseOptions } from '../caller.ts';
import { gpusIfQuick, open } from '../use-case.ts';
import type { Calls, Person } from './call.ts';
import type { OperationsHost } from './host.ts';
import type { Turns } from './turns.ts';

/** Ids of operations of administrators on anybody's containers and leases. */
export type ActCallId =
  | 'admin.containers.stop'
  | 'admin.containers.remove'
  | 'admin.containers.protect'
  | 'admin.containers.adopt'
  | 'admin.containers.explain'
  | 'admin.leases.release'
  | 'admin.emergency-stop'
  | 'admin.users.offboard';

/** Operations of administrators on anybody's containers and leases. */
export function actCalls(host: OperationsHost, turns: Turns): Calls<ActCallId> {
  const acting =
    <Input, Output>(act: (acting: Acting, input: Input) => Promise<Output>) =>
    async (person: Person, input: Input, options: UseCaseOptions): Promise<Output> => {
      const deps = await host.dependencies();
      const result = await act({ deps, turns, by: actorOf(person), options }, input);
      // Owners, leases and exemptions are what the rules go by.
      if (options.dryRun !== true) host.lifecycle?.wake();
      return result;
    };
  return {
    'admin.containers.stop': acting(stopAny),
    'admin.containers.remove': acting(removeAny),
    'admin.containers.protect': acting(protect),
    'admin.containers.adopt': acting(adopt),
    'admin.containers.explain': async (_, { container }, options) => {
      const deps = await host.dependencies();
      const opened = await open(deps, gpusIfQuick(options));
      const { explainFound } = await import('../lifecycle/asking/explain.ts');
      return explainFound(deps, { ...opened, container: getAny(opened.now, container) });
    },
    'admin.leases.release': acting(releaseLease),
    'admin.emergency-stop': acting(emergencyStop),
    'admin.users.offboard': acting(offboard),
  };
}
