import type { LimitKey, LimitValue } from '@ds01/contracts';
import { limitKeys, limitKeySpecs } from './limit-keys.ts';
import { nearestName } from './nearest-name.ts';
import { isNoLimit } from './value-kinds.ts';

/** What a documentation says about one limit. */
export interface LimitReference {
  readonly key: LimitKey;
  /** What may be written, for people. */
  readonly allowed: string;
  /** The value without any file, in the key's own unit; `null` is no limit. */
  readonly builtIn: LimitValue;
  /** Names that are still read, with a warning. */
  readonly formerNames: readonly string[];
}

/** Every limit, in the order of the schema. */
export function limitReference(): readonly LimitReference[] {
  return limitKeys.map((key) => {
    const { kind, builtIn, aliases = [] } = limitKeySpecs[key];
    return { key, allowed: kind.allowed, builtIn, formerNames: aliases };
  });
}

/** The limit that a name means, former names included, or the name that is nearest to it. */
export function findLimitKey(
  name: string,
):
  | { readonly found: true; readonly key: LimitKey }
  | { readonly found: false; readonly suggestion: string | null } {
  const key = limitKeys.find(
    (candidate) => candidate === name || limitKeySpecs[candidate].aliases?.includes(name) === true,
  );
  if (key !== undefined) return { found: true, key };
  const last = (dotted: string): string => dotted.split('.').at(-1) ?? dotted;
  const byLast = limitKeys.find((candidate) => last(candidate) === last(name));
  const names = new Map(
    limitKeys.flatMap((candidate) =>
      [candidate, ...(limitKeySpecs[candidate].aliases ?? [])].map(
        (one) => [one, candidate] as const,
      ),
    ),
  );
  const nearest = nearestName(name, names.keys());
  return { found: false, suggestion: byLast ?? names.get(nearest ?? '') ?? null };
}

/** Reads a value as the file would; `undefined` with what is allowed when it isn't. */
export function readLimitValue(
  key: LimitKey,
  text: string,
): { readonly value: LimitValue | undefined; readonly allowed: string } {
  const { kind } = limitKeySpecs[key];
  const scalar = { text, plain: true };
  if (isNoLimit(scalar)) return { value: kind.unlimited ? null : undefined, allowed: kind.allowed };
  return { value: kind.parse(scalar), allowed: kind.allowed };
}
