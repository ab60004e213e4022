import type * as schemas from './schemas.ts';

/**
 * The schemas of what comes over the wire, loaded when something is to be checked: they cost a program
 * that asks one question and ends more than everything else.
 */
export function loadSchemas(): Promise<typeof schemas> {
  return import('./schemas.ts');
}
