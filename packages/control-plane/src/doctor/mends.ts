import type { ControlPlaneDependencies } from '../dependencies.ts';
import { loadCurrentPolicy } from '../policy.ts';
import { reconcile } from '../reconcile/reconcile.ts';
import { mendLeftBehind } from './left-behind.ts';
import type { Check } from './check.ts';

/** Something that can be put right without asking anybody: nothing of a person's changes by it. */
export interface Mend {
  /** What it does, as an infinitive. */
  readonly what: string;
  readonly run: (deps: ControlPlaneDependencies) => Promise<void>;
}

const agree: Mend['run'] = async (deps) => {
  await reconcile(deps, loadCurrentPolicy(deps));
};

const mends: Readonly<Record<string, Mend>> = {
  state: { what: 'bring ledger and engine into agreement', run: agree },
  'left-behind': {
    what: 'end processes of containers that the engine has lost',
    run: async (deps) => {
      await mendLeftBehind(deps, await reconcile(deps, loadCurrentPolicy(deps)));
    },
  },
  pins: { what: 'take away mounts of containers that are gone', run: agree },
  firewall: {
    what: 'put the rules between users’ networks and this host in force',
    run: async (deps) => {
      await deps.firewall.ensure();
    },
  },
};

/** What would help; `undefined` when nothing here would. */
export function mendOf({ id, ok, severity }: Check): Mend | undefined {
  const isFine = ok && severity === 'info';
  // Mounts that are broken need their container stopped, and lost GPUs somebody at the machine.
  const isBeyond = (id === 'pins' || id === 'state') && !ok;
  return isFine || isBeyond || !Object.hasOwn(mends, id) ? undefined : mends[id];
}

/** Adds what `doctor --fix` would do about it. */
export function withMend(check: Check): Check {
  const mend = mendOf(check);
  return mend === undefined ? check : { ...check, mend: mend.what };
}
