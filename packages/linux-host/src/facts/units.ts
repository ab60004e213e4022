import { existsSync } from 'node:fs';
import type { UnitState } from '@ds01/ports';
import { run } from '../run.ts';

/** For a service manager that doesn't answer. */
const patienceMs = 3000;

/** Asks systemd, where it is in charge (sd_booted(3)). */
export async function unitStates(
  names: readonly string[],
): Promise<ReadonlyMap<string, UnitState> | null> {
  if (!existsSync('/run/systemd/system')) return null;
  const parameters = ['show', '--property=Id,LoadState,ActiveState', '--', ...names];
  const answer = await run('systemctl', parameters, { timeoutMs: patienceMs }).catch(() => null);
  return answer?.status === 0 ? readUnits(names, answer.stdout) : null;
}

/**
 * Reads what `systemctl show --property=Id,LoadState,ActiveState` prints: a block for each name, in
 * their order (a unit may have another id than the name that was asked for).
 */
export function readUnits(names: readonly string[], text: string): ReadonlyMap<string, UnitState> {
  const blocks = text.trim().split(/\n\s*\n/);
  return new Map(
    names.map((name, index) => {
      const block = blocks[index] ?? '';
      const load = /^LoadState=(.*)$/m.exec(block)?.[1];
      const active = /^ActiveState=(.*)$/m.exec(block)?.[1];
      return [name, stateOf(load, active)];
    }),
  );
}

function stateOf(load: string | undefined, active: string | undefined): UnitState {
  if (load === undefined || load === 'not-found') return 'absent';
  if (active === 'active' || active === 'reloading' || active === 'activating') return 'active';
  return active === 'failed' ? 'failed' : 'inactive';
}
