import { formatDuration, type Username } from '@ds01/contracts';
import type { Notice } from './notice.ts';
import { utcTime } from './render.ts';
import { dayMs, noticeAbout, type NoticeSubject } from './subject.ts';

/** What an administrator decided about more runtime. */
export function extensionNotice(
  subject: NoticeSubject,
  answer: {
    readonly granted: boolean;
    readonly byMs: number;
    /** When it is stopped now, wall clock; `null` when it isn't. */
    readonly stopsAtMs: number | null;
    readonly reason: string | null;
  },
): Notice {
  const { name, nowMs } = subject;
  const span = formatDuration(answer.byMs);
  const until = answer.stopsAtMs === null ? [] : [`It may run until ${utcTime(answer.stopsAtMs)}.`];
  return noticeAbout(subject, 'notice', {
    title: answer.granted
      ? `${name} may run ${span} longer`
      : `more runtime for ${name} was refused`,
    lines: [
      answer.granted
        ? `An administrator granted container ${name} ${span} more.`
        : `An administrator refused ${span} more for container ${name}.`,
      ...until,
      ...reasonLines(answer.reason),
      'Its rules:',
      `  ds01 container explain ${name}`,
    ],
    staleAtMs: nowMs + dayMs,
  });
}

/** What an administrator did to a person's container, in an emergency or not. */
export function actNotice(
  subject: NoticeSubject,
  act: {
    readonly did: 'stopped' | 'removed';
    readonly emergency: boolean;
    readonly by: string;
    readonly reason: string | null;
  },
): Notice {
  const { name, managed, nowMs } = subject;
  const again = managed ? ['To start it again:', `  ds01 container start ${name}`] : [];
  const emergency = act.emergency ? ' in an emergency' : '';
  return noticeAbout(subject, 'stopped', {
    title: `${name} was ${act.did} by an administrator`,
    lines: [
      `Administrator ${act.by} ${act.did} container ${name}${emergency} at ${utcTime(nowMs)}.`,
      ...reasonLines(act.reason),
      '',
      'Lost: its processes, and what they had in memory.',
      'Kept: everything in /workspace.',
      ...(act.did === 'stopped' ? again : []),
    ],
    staleAtMs: nowMs + 7 * dayMs,
  });
}

/** What an administrator has to say to a person. */
export function adminMessage(
  person: { readonly user: Username; readonly uid: number | null },
  message: {
    readonly text: string;
    readonly by: string;
    /** Folder of a container of theirs, which gets the file; `null` without. */
    readonly workspace: string | null;
    /** Wall clock. */
    readonly nowMs: number;
  },
): Notice {
  return {
    user: person.user,
    uid: person.uid,
    severity: 'message',
    title: `from ${message.by}`,
    lines: message.text.split('\n'),
    container: null,
    workspace: message.workspace,
    staleAtMs: message.nowMs + 2 * dayMs,
  };
}

function reasonLines(reason: string | null): readonly string[] {
  return reason === null ? [] : [`Reason: ${reason}`];
}
