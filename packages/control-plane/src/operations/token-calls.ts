import { ds01Error } from '@ds01/contracts';
import type { Calls } from './call.ts';
import type { OperationsHost } from './host.ts';

/** Ids of these operations. */
export type TokenCallId =
  | 'tokens.list'
  | 'tokens.create'
  | 'tokens.revoke'
  | 'tokens.rotate'
  | 'admin.tokens'
  | 'admin.tokens.create'
  | 'admin.tokens.revoke'
  | 'admin.tokens.rotate';

/** Not there yet. */
export function tokenCalls(_host: OperationsHost): Calls<TokenCallId> {
  const later = async (): Promise<never> => {
    throw ds01Error('usage.not-yet', { message: 'This comes with the next commits.' });
  };
  return {
    'tokens.list': later,
    'tokens.create': later,
    'tokens.revoke': later,
    'tokens.rotate': later,
    'admin.tokens': later,
    'admin.tokens.create': later,
    'admin.tokens.revoke': later,
    'admin.tokens.rotate': later,
  };
}
