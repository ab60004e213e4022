import type { TopOutput } from '@ds01/contracts';
import type { Caller, UseCaseOptions } from './caller.ts';
import type { ControlPlaneDependencies } from './dependencies.ts';
import { leaseOf, notRunning, operandOf } from './lookup.ts';
import { summaryOf } from './present.ts';
import { isAlive } from './reconcile/is-alive.ts';
import { gpusIfQuick, openContainer } from './use-case.ts';

/** The processes of a running container. Fails with `container.not-running`. */
export async function top(
  deps: ControlPlaneDependencies,
  caller: Caller,
  input: { readonly name: string },
  options: UseCaseOptions = {},
): Promise<TopOutput> {
  const target = { caller, name: input.name, foreign: 'allowed' } as const;
  const { container, now } = await openContainer(deps, target, gpusIfQuick(options));
  const { record, state } = container;
  if (!isAlive(state)) throw notRunning(operandOf(record), state);
  const processes = await deps.engine.processes(record.id, options);
  const names = await namesOf(
    deps,
    caller,
    processes.map(({ uid }) => uid),
  );
  return {
    container: summaryOf(container, leaseOf(now.leases, record.id)),
    processes: processes.map(({ uid, ...process }) => ({
      ...process,
      user: names.get(uid) ?? String(uid),
    })),
  };
}

async function namesOf(
  deps: ControlPlaneDependencies,
  { owner }: Caller,
  uids: readonly number[],
): Promise<ReadonlyMap<number, string>> {
  const names = new Map<number, string>([[owner.uid, owner.name]]);
  for (const uid of new Set(uids)) {
    if (names.has(uid)) continue;
    const account = await deps.accounts.byUid(uid);
    if (account !== null) names.set(uid, account.name);
  }
  return names;
}
