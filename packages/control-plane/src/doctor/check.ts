import { toDs01Error, type DoctorOutput } from '@ds01/contracts';

/** One finding. */
export type Check = DoctorOutput['checks'][number];

/** All is well, and what was seen. */
export function fine(id: string, message: string): Check {
  return { id, ok: true, severity: 'info', message, hint: null };
}

/** Something to look at some time; DS01 works. */
export function warning(id: string, message: string, hint: string | null): Check {
  return { id, ok: true, severity: 'warning', message, hint };
}

/** Something that is broken, or will be. */
export function failing(id: string, message: string, hint: string | null): Check {
  return { id, ok: false, severity: 'error', message, hint };
}

/** Could not be looked at, for a reason that another check tells. */
export function notChecked(id: string, reason: string): Check {
  return { id, ok: false, severity: 'warning', message: `not checked: ${reason}`, hint: null };
}

/** Errors send people to `doctor`; whoever is there already needs the next step. */
const hintsBeyondDoctor: Readonly<Record<string, string>> = {
  'engine.unreachable': 'docker version',
  'engine.timeout': 'docker version',
  'gpu.probe-failed': 'nvidia-smi -L',
};

/** What a look finds; that it fails is a finding too. */
export async function checked(id: string, look: () => Promise<Check>): Promise<Check> {
  try {
    return await look();
  } catch (error) {
    const { code, message, hint } = toDs01Error(error);
    const next = hint === 'ds01 doctor' ? (hintsBeyondDoctor[code] ?? null) : hint;
    return failing(id, message, next);
  }
}
