import { actorOf, type UseCaseOptions } from '../caller.ts';
import { diffFolder } from '../policy-edits/diff-folder.ts';
import type { PolicyEditing } from '../policy-edits/edit-folder.ts';
import { endExemptions, exempt, listExemptions } from '../policy-edits/exemptions.ts';
import { listGroups, putIntoGroup, syncGroups } from '../policy-edits/groups.ts';
import { endReservation, listReservations, reserveGpus } from '../policy-edits/reservations.ts';
import { setLimits } from '../policy-edits/set-limits.ts';
import type { Calls, Person } from './call.ts';
import type { OperationsHost } from './host.ts';
import { exemptionOrder, inPages, reservationOrder } from './in-pages.ts';

/** Ids of operations of administrators on the configuration files. */
export type PolicyCallId =
  | 'admin.limits.diff'
  | 'admin.limits.set'
  | 'admin.exemptions'
  | 'admin.exemptions.add'
  | 'admin.exemptions.remove'
  | 'admin.reservations'
  | 'admin.reservations.add'
  | 'admin.reservations.remove'
  | 'admin.groups'
  | 'admin.groups.put'
  | 'admin.groups.sync';

/** Operations of administrators on the configuration files. */
export function policyCalls(host: OperationsHost): Calls<PolicyCallId> {
  const editing =
    <Input, Output>(edit: (editing: PolicyEditing, input: Input) => Promise<Output>) =>
    async (person: Person, input: Input, options: UseCaseOptions): Promise<Output> => {
      const deps = await host.dependencies();
      const output = await edit({ deps, by: actorOf(person), options }, input);
      // Limits, exemptions and groups are what the rules go by.
      if (options.dryRun !== true) host.lifecycle?.wake();
      return output;
    };
  return {
    // What has containers is known to the ledger; without one, whom the files name is enough.
    'admin.limits.diff': async (_, input) =>
      diffFolder(await host.dependencies().catch(() => host), input),
    'admin.limits.set': editing(setLimits),
    'admin.exemptions': async (_, page) => {
      const { exemptions } = listExemptions(host);
      const { items, next } = inPages(exemptions, page, exemptionOrder);
      return { exemptions: items, ...next };
    },
    'admin.exemptions.add': editing(exempt),
    'admin.exemptions.remove': editing(endExemptions),
    'admin.reservations': async (_, page) => {
      const { items, next } = inPages(listReservations(host), page, reservationOrder);
      return { reservations: items, ...next };
    },
    'admin.reservations.add': editing(reserveGpus),
    'admin.reservations.remove': editing(endReservation),
    'admin.groups': async () => listGroups(host),
    'admin.groups.put': editing(putIntoGroup),
    'admin.groups.sync': editing(syncGroups),
  };
}
