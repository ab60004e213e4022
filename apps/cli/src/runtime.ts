import type { OpenedApi } from '@ds01/composition/open';

/** The world of one command. */
export interface Runtime extends OpenedApi {
  /** The value of `--user`; `null` without. */
  readonly actFor: string | null;
}
