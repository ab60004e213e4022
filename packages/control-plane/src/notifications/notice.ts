import type { Username } from '@ds01/contracts';

/** Something that a person has to hear, however they can be reached. */
export interface Notice {
  readonly user: Username;
  readonly uid: number | null;
  /** `warning`: something will be stopped; `stopped`: it was; `notice`: for information; `message`: of an administrator. */
  readonly severity: 'warning' | 'stopped' | 'notice' | 'message';
  /** One line, without the name of the person. */
  readonly title: string;
  /** What happened, when what will happen, and the commands that change it; lines of at most 72 characters. */
  readonly lines: readonly string[];
  /** Docker name of the container that it is about; `null` without. */
  readonly container: string | null;
  /** Folder on the host that gets `.ds01-alerts`; `null` without. */
  readonly workspace: string | null;
  /** After that it is no news any more and isn't delivered; Unix milliseconds, `null` is never. */
  readonly staleAtMs: number | null;
}
