import type { Username } from '@ds01/contracts';
import type { Notice } from './notice.ts';

/** Whom a notice is for, and which container it is about. */
export interface NoticeSubject {
  readonly user: Username;
  readonly uid: number | null;
  /** What the person types for the container. */
  readonly name: string;
  readonly dockerName: string;
  /** Its folder on the host; `null` without. */
  readonly workspace: string | null;
  /** DS01 made it: its commands work on it. */
  readonly managed: boolean;
  /** Wall clock. */
  readonly nowMs: number;
}

/** A day in milliseconds. */
export const dayMs = 24 * 3_600_000;

/** A notice about a container. */
export function noticeAbout(
  { user, uid, dockerName, workspace }: NoticeSubject,
  severity: Notice['severity'],
  text: Pick<Notice, 'title' | 'lines' | 'staleAtMs'>,
): Notice {
  return { user, uid, severity, container: dockerName, workspace, ...text };
}
