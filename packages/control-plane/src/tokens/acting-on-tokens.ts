import type { Username } from '@ds01/contracts';
import type { UseCaseOptions } from '../caller.ts';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import type { TokensOwner } from './find-token.ts';

/** Who acts on whose tokens. */
export interface ActingOnTokens {
  readonly deps: Pick<
    ControlPlaneDependencies,
    'store' | 'clock' | 'ids' | 'accounts' | 'policyFiles' | 'logger'
  >;
  /** Who acts. */
  readonly by: Username;
  /** On whose; `null` is anybody's. */
  readonly owner: TokensOwner;
  readonly options: Pick<UseCaseOptions, 'dryRun'>;
}
