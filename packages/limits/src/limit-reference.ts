import type { LimitKey, LimitValue } from '@ds01/contracts';
import { limitKeys, limitKeySpecs } from './limit-keys.ts';

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
