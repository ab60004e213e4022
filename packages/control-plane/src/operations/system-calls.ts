import { ds01Error, usernameSchema, type DoctorOutput, type Username } from '@ds01/contracts';
import { adminContainers, adminLeases, adminUsers, checkLimits, explainLimit } from '../admin.ts';
import type { Caller } from '../caller.ts';
import { doctor } from '../doctor/doctor.ts';
import { mendAll } from '../doctor/mend-all.ts';
import { gpuExplain, gpuStatus } from '../gpu.ts';
import { showLimits } from '../limits.ts';
import type { Calls, Person } from './call.ts';
import type { OperationsHost } from './host.ts';
import { byDockerName, inPages, leaseOrder, userOrder } from './in-pages.ts';

/** Ids of operations that are not about containers, images, their life, or files. */
export type SystemCallId =
  | 'daemon.ready'
  | 'requests.cancel'
  | `gpus.${'status' | 'explain'}`
  | 'limits.show'
  | 'doctor'
  | `admin.${'containers' | 'leases' | 'users' | 'limits.check' | 'limits.explain' | 'doctor.fix'}`;

/** Checks whose findings name nobody. */
const publicChecks: readonly string[] = ['engine', 'gate', 'gpus'];

/** Operations that are not about containers or images. */
export function systemCalls(host: OperationsHost): Calls<SystemCallId> {
  const atomic = (person: Person): Caller => ({ ...person, interface: 'atomic' });
  const known = (given: string): Username => {
    const user = usernameSchema.safeParse(given);
    if (user.success) return user.data;
    throw unknownUser(given);
  };
  return {
    'daemon.ready': () => host.ready(),
    'requests.cancel': async (person, { id }, { dryRun = false }) => {
      if (host.cancel(id, person, { dryRun })) return { cancelled: true };
      throw ds01Error('session.not-found', {
        message: `No request ${JSON.stringify(id)} is under way.`,
        hint: 'ds01 container list --all',
      });
    },
    'gpus.status': async (person, { mine, user }, options) =>
      gpuStatus(await host.dependencies(), atomic(person), { onlyOwn: mine, user }, options),
    'gpus.explain': async (person, { gpu }, options) =>
      gpuExplain(await host.dependencies(), atomic(person), { gpu }, { ...options, dryRun: true }),
    'limits.show': async (person, { user, quick }, { looks }) => {
      if (person.role !== 'admin' && user !== person.owner.name) throw unknownUser(user);
      const name = known(user);
      const full = await host.dependencies().catch(() => null);
      const { warnings: _, ...view } = await showLimits({ ...host, full }, name, { quick, looks });
      return view;
    },
    doctor: async (person) => {
      // What needs no ledger is looked at even when the state folder can't be used.
      const ledger = host.dependencies();
      const world = await ledger.catch(() => host.withoutState());
      const { lifecycle } = host;
      const context = { gate: () => host.gate(), ledger, lifecycle };
      return visibleTo(person, await doctor(world, context));
    },
    'admin.doctor.fix': async (_, __, options) => {
      const { lifecycle } = host;
      const deps = await host.dependencies();
      return mendAll({ deps, lifecycle, gate: () => host.gate() }, options);
    },
    'admin.containers': async (_, { all, ...page }, options) => {
      const { containers } = await adminContainers(await host.dependencies(), { all }, options);
      const { items, next } = inPages(containers, page, byDockerName('admin.containers'));
      return { containers: items, ...next };
    },
    'admin.leases': async (_, page, options) => {
      const { leases } = await adminLeases(await host.dependencies(), options);
      const { items, next } = inPages(leases, page, leaseOrder);
      return { leases: items, ...next };
    },
    'admin.users': async (_, page, options) => {
      const { users } = await adminUsers(await host.dependencies(), options);
      const { items, next } = inPages(users, page, userOrder);
      return { users: items, ...next };
    },
    'admin.limits.check': async () => checkLimits(host),
    'admin.limits.explain': async (_, { user, key }) => explainLimit(host, known(user), key),
  };
}

function visibleTo({ role }: Person, report: DoctorOutput): DoctorOutput {
  if (role === 'admin') return report;
  return { checks: report.checks.filter(({ id }) => publicChecks.includes(id)) };
}

function unknownUser(name: string) {
  return ds01Error('user.unknown', {
    message: `There is no user ${JSON.stringify(name)} here.`,
    hint: 'ds01 limits show',
    details: { user: name },
  });
}
