import type { OpenedApi } from '@ds01/composition/open';

/** The world of one command. */
export interface Runtime extends OpenedApi {
  /**
   * The operations of this process, for what has to work while a daemon doesn't answer; `null` for
   * anybody but root, and when the operations are this process's already.
   */
  readonly directly: (() => Promise<OpenedApi>) | null;
}
