import { formatBytes, formatDuration, type Username } from '@ds01/contracts';
import type { Notice } from './notice.ts';
import { utcTime } from './render.ts';
import { dayMs } from './subject.ts';

/** Space that is used, and whom that is told. */
export interface StorageFacts {
  readonly user: Username;
  readonly uid: number | null;
  readonly what: 'workspace' | 'data' | 'container';
  /** What the person types for the container. */
  readonly name: string;
  readonly dockerName: string;
  readonly workspace: string | null;
  readonly usedBytes: number;
  readonly limitBytes: number;
  /** Wall clock. */
  readonly nowMs: number;
}

const limitKeys = {
  workspace: 'storage_workspace',
  data: 'storage_data',
  container: 'storage_container',
} as const;

/** Most of what may be used is used; told once until there is room again. */
export function nearlyFullNotice(facts: StorageFacts): Notice {
  const { usedBytes, limitBytes, nowMs } = facts;
  const percent = Math.floor((usedBytes / limitBytes) * 100);
  return notice(facts, {
    severity: 'notice',
    title: `${subjectOf(facts)} ${facts.what === 'data' ? 'are' : 'is'} ${percent} % full`,
    lines: [useLine(facts), ...waysOut(facts)],
    staleAtMs: nowMs + dayMs,
  });
}

/** More is used than may be. `stopsAtMs` is the wall clock's time of the container's stop. */
export function exceededNotice(facts: StorageFacts, stopsAtMs: number | null): Notice {
  const { name, nowMs } = facts;
  const left = stopsAtMs === null ? null : formatDuration(Math.max(0, stopsAtMs - nowMs));
  const stop =
    stopsAtMs === null
      ? []
      : [
          `Container ${name} will be stopped at ${utcTime(stopsAtMs)}, unless there is less by then.`,
          'Processes and what they have in memory will be lost.',
        ];
  return notice(facts, {
    severity: 'warning',
    title:
      left === null
        ? `${subjectOf(facts)} ${facts.what === 'data' ? 'take' : 'takes'} more space than allowed`
        : `${name} will be stopped in ${left}: it wrote too much outside of /workspace`,
    lines: [useLine(facts), ...stop, ...waysOut(facts)],
    staleAtMs: stopsAtMs ?? nowMs + dayMs,
  });
}

/** A container is being stopped for what it wrote. */
export function storageStopNotice(facts: StorageFacts): Notice {
  const { name, nowMs } = facts;
  return notice(facts, {
    severity: 'stopped',
    title: `${name} is being stopped: it wrote too much outside of /workspace`,
    lines: [
      useLine(facts),
      '',
      'Lost: its processes, and what they have in memory.',
      'Kept: everything in /workspace, and for now what was written outside of it.',
      'To start it again and make room:',
      `  ds01 container start ${name}`,
      'Or take a new one, with the same workspace:',
      `  ds01 container deploy ${name} --replace`,
    ],
    staleAtMs: nowMs + 7 * dayMs,
  });
}

function subjectOf({ what, name }: StorageFacts): string {
  if (what === 'container') return `the own layer of ${name}`;
  return what === 'workspace' ? 'your workspace' : 'your data folders';
}

function useLine({ what, usedBytes, limitBytes }: StorageFacts): string {
  const used = `${formatBytes(usedBytes)} of ${formatBytes(limitBytes)}`;
  if (what === 'container') return `What was written outside of /workspace takes ${used}.`;
  return what === 'workspace'
    ? `Your files in all your workspaces take ${used}.`
    : `Your files in the data folders of your containers take ${used}.`;
}

function waysOut({ what, name }: StorageFacts): readonly string[] {
  const see =
    what === 'container'
      ? ['To see what is large:', `  ds01 container exec ${name} -- du -xh -d 2 /`]
      : what === 'workspace'
        ? ['To see what is large:', '  du -h -d 2 ~/workspace | sort -h | tail']
        : [];
  return ['', ...see, `Your limit (${limitKeys[what]}):`, '  ds01 check-limits'];
}

function notice(
  { user, uid, what, dockerName, workspace }: StorageFacts,
  text: Pick<Notice, 'severity' | 'title' | 'lines' | 'staleAtMs'>,
): Notice {
  return { user, uid, container: what === 'container' ? dockerName : null, workspace, ...text };
}
