import type { Screen } from '@ds01/command-line';
import type { AdminUserView } from '@ds01/contracts';
import { ds01Error } from '@ds01/contracts/core';
import type { CommandContext } from '../context.ts';
import { containersTable, leasesTable, usersTable } from '../tables.ts';

/** `ds01-admin users`. Fails with `user.unknown` for somebody who has nothing and is named nowhere. */
export async function run(context: CommandContext): Promise<number> {
  const { operands, output, runtime, signal } = context;
  const { users } = await runtime.api.call('admin.users', {}, { signal });
  const [name] = operands;
  if (name === undefined) {
    output.result({ users }, (screen) => usersTable(users, screen));
    return 0;
  }
  const user = users.find((candidate) => candidate.user === name);
  if (user === undefined) {
    throw ds01Error('user.unknown', {
      message: `${JSON.stringify(name)} has no container, no lease and no place in the limits files.`,
      hint: 'ds01-admin users',
      details: { user: name },
    });
  }
  const [{ containers }, { leases }, limits] = await Promise.all([
    runtime.api.call('admin.containers', { all: true }, { signal }),
    runtime.api.call('admin.leases', {}, { signal }),
    runtime.api.call('limits.show', { user: name }, { signal }),
  ]);
  const isTheirs = (one: { readonly user: string | null }) => one.user === name;
  const view: AdminUserView = {
    user,
    containers: containers.filter(isTheirs),
    leases: leases.filter(isTheirs),
    limits,
  };
  output.result(view, (screen) => describe(view, screen));
  return 0;
}

function describe({ user, containers, leases, limits }: AdminUserView, screen: Screen): string {
  return [
    usersTable([user], screen),
    usageText(limits),
    containersTable(containers, screen),
    leasesTable(leases, screen),
  ].join('\n\n');
}

/** What is used of the limits that count over all containers. */
function usageText({ usage, limits }: AdminUserView['limits']): string {
  if (usage === null) return 'usage: unknown (no engine or ledger)';
  const part = (used: string, limit: number | null, what: string) =>
    `${used} of ${limit === null ? 'any number of' : String(limit)} ${what}`;
  return [
    part(usage.gpuEquivalents.toFixed(2), limits.max_gpu_equivalents.value, 'GPU equivalents'),
    part(String(usage.containers), limits.max_containers_per_user.value, 'containers'),
  ].join(', ');
}
