import { formatDuration } from '@ds01/contracts';
import type { QueueRecord } from '@ds01/ports';
import { utcTime } from '../../notifications/render.ts';
import type { Notice } from '../../notifications/notice.ts';
import { dayMs } from '../../notifications/subject.ts';
import { asksFor } from '../entries.ts';

type Facts = { readonly nowMs: number };

/** Something was granted to somebody who isn't there. */
export function grantNotice(
  entry: QueueRecord,
  { nowMs, slots }: Facts & { readonly slots: readonly string[] },
): Notice {
  const { claimUntilMs, container } = entry;
  const until = claimUntilMs === null ? '' : ` until ${utcTime(claimUntilMs)}`;
  const left = claimUntilMs === null ? '' : ` in ${formatDuration(claimUntilMs - nowMs)}`;
  return noticeOf(entry, {
    title: `your turn: ${asksFor(entry.gpu)} for ${container}`,
    lines: [
      `GPU ${slots.join(', ')} is kept for ${container}${until}.`,
      `Give the same command again to use it${left === '' ? '' : `; else it goes to the next${left}`}:`,
      `  ds01 container ${entry.verb ?? 'deploy'} ${container} --wait`,
      'or, if you do not need it any more:',
      `  ds01 queue leave ${container}`,
    ],
    staleAtMs: claimUntilMs ?? nowMs + dayMs,
  });
}

/** Nobody claimed what was granted. */
export function expiredNotice(entry: QueueRecord, { nowMs }: Facts): Notice {
  return noticeOf(entry, {
    title: `the turn of ${entry.container} is over`,
    lines: [
      `${asksFor(entry.gpu)} was kept for ${entry.container}, and nobody came for it.`,
      'It went to the next. To wait again:',
      `  ds01 container ${entry.verb ?? 'deploy'} ${entry.container} --wait`,
    ],
    staleAtMs: nowMs + dayMs,
  });
}

/** The wait is over without a turn. */
export function waitOverNotice(
  entry: QueueRecord,
  { nowMs, why }: Facts & { readonly why: string },
): Notice {
  return noticeOf(entry, {
    title: `${entry.container} waits no longer`,
    lines: [
      why,
      'To wait again:',
      `  ds01 container ${entry.verb ?? 'deploy'} ${entry.container} --wait`,
    ],
    staleAtMs: nowMs + dayMs,
  });
}

function noticeOf(
  { user, uid, dockerName }: QueueRecord,
  text: Pick<Notice, 'title' | 'lines' | 'staleAtMs'>,
): Notice {
  return { user, uid, severity: 'notice', container: dockerName, workspace: null, ...text };
}
