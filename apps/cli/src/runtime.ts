import type { RouteOutput } from '@ds01/contracts';
import type { OpenedApi } from '@ds01/composition/open';

/** The world of one command. */
export interface Runtime extends Omit<OpenedApi, 'close'> {
  /** The value of `--user`; `null` without. */
  readonly actFor: string | null;
  /** Keeps `~/.ds01-limits` as these limits say, if they are those of whoever runs this process. */
  readonly keepLimits: (view: RouteOutput<'limits.show'>) => Promise<void>;
  /** Where tokens of servers elsewhere are kept; `null` for somebody without a home. */
  readonly credentialsFile: string | null;
  readonly close: () => Promise<void>;
}
