import type { RouteOutput } from '@ds01/contracts';
import type { UseCaseOptions } from '../caller.ts';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { doctor, type DoctorContext } from './doctor.ts';
import { mendOf, type Mend } from './mends.ts';

type Mended = RouteOutput<'admin.doctor.fix'>['mended'][number];

/**
 * Mends what is safe to mend, each by itself, and looks again. A dry run tells what it would do.
 * Fails only where the ledger can't be used at all.
 */
export async function mendAll(
  context: Omit<DoctorContext, 'ledger'> & { readonly deps: ControlPlaneDependencies },
  { dryRun = false }: UseCaseOptions,
): Promise<RouteOutput<'admin.doctor.fix'>> {
  const { deps } = context;
  const look = () => doctor(deps, { ...context, ledger: Promise.resolve(deps) });
  const before = await look();
  const mended: Mended[] = [];
  for (const check of before.checks) {
    const mend = mendOf(check);
    if (mend !== undefined) mended.push(await tryMend(deps, { id: check.id, mend, dryRun }));
  }
  const after = dryRun || mended.length === 0 ? before : await look();
  return { checks: after.checks, mended };
}

async function tryMend(
  deps: ControlPlaneDependencies,
  { id, mend, dryRun }: { readonly id: string; readonly mend: Mend; readonly dryRun: boolean },
): Promise<Mended> {
  if (dryRun) return { id, done: false, message: `would ${mend.what}` };
  try {
    await mend.run(deps);
    return { id, done: true, message: mend.what };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { id, done: false, message: `could not ${mend.what}: ${reason}` };
  }
}
