import type { HeldSession } from '@ds01/contracts';
import { ds01Error } from '@ds01/contracts/core';

/** Which session `container run` is asked for. */
export interface SessionChoice {
  /** Always another one. */
  readonly another: boolean;
  /** One of this number; `null` for the one that was left last. */
  readonly id: string | null;
  /** Also one that another terminal is connected with. */
  readonly takeOver: boolean;
}

/** What is opened: a session that goes on, or another one; and what there is to say first. */
export interface ChosenSession {
  readonly resumed: HeldSession | null;
  readonly remarks: readonly string[];
}

/**
 * Picks the session to go back to: the one of the given number, else the one that was left last. What
 * ended or was lost since is told once, as nothing of it stays when another one is opened. Fails with
 * `session.not-found` and `session.attached`.
 */
export function chooseSession(
  sessions: readonly HeldSession[],
  choice: SessionChoice,
  context: { readonly name: string; readonly nowMs: number },
): ChosenSession {
  const command = `ds01 container run ${context.name}`;
  const at = (time: string | null): string => clockTime(time, context.nowMs);
  const resumed = wanted(sessions, choice, command);
  const others = sessions.filter((session) => session !== resumed);
  if (resumed !== null) {
    const left = resumed.detachedAt === null ? 'taken over' : `left at ${at(resumed.detachedAt)}`;
    const detached = others.filter(({ state }) => state === 'detached');
    return {
      resumed,
      remarks: [
        `back in ${titleOf(resumed)} of ${at(resumed.startedAt)}, ${left}; --new opens another`,
        ...detached.map(
          (session) =>
            `also going on: ${titleOf(session)} of ${at(session.startedAt)} (${command} --session ${session.id})`,
        ),
      ],
    };
  }
  const elsewhere = others.filter(({ state }) => state === 'attached');
  return {
    resumed: null,
    remarks: [
      ...others.flatMap((session) => farewellOf(session, at, context.name)),
      ...elsewhere.map(
        (session) =>
          `${titleOf(session)} of ${at(session.startedAt)} is open at another terminal ` +
          `(${command} --session ${session.id} --take-over brings it here)`,
      ),
    ],
  };
}

function wanted(
  sessions: readonly HeldSession[],
  choice: SessionChoice,
  command: string,
): HeldSession | null {
  if (choice.another) return null;
  const going = sessions.filter(({ state }) => state === 'attached' || state === 'detached');
  if (choice.id !== null) {
    const found = going.find(({ id }) => id === choice.id);
    if (found === undefined) throw notFound(choice.id, going, command);
    return found;
  }
  const free = going.filter(({ state }) => state === 'detached').toSorted(byLastLeft);
  const taken = going.filter(({ state }) => state === 'attached').toSorted(byLastLeft);
  return free.at(-1) ?? (choice.takeOver ? (taken.at(-1) ?? null) : null);
}

function byLastLeft(one: HeldSession, other: HeldSession): number {
  const time = ({ detachedAt, startedAt }: HeldSession): string => detachedAt ?? startedAt;
  return time(one).localeCompare(time(other));
}

function farewellOf(
  session: HeldSession,
  at: (time: string | null) => string,
  name: string,
): readonly string[] {
  const { state, endedAt, exitCode, lastLines, startedAt } = session;
  const title = `${titleOf(session)} of ${at(startedAt)}`;
  if (state === 'lost') {
    return [
      `${title} can’t be gone back to: the daemon was restarted. What ran in it may go on inside: ` +
        `ds01 container top ${name}`,
    ];
  }
  if (state !== 'ended') return [];
  const code = exitCode === null ? '' : ` with exit code ${exitCode}`;
  return [
    `${title} ended at ${at(endedAt)}${code}${lastLines.length === 0 ? '' : '; it said last:'}`,
    ...lastLines.map((line) => `  ${line}`),
  ];
}

/** `your session`, or the command that runs in it. */
function titleOf({ command }: HeldSession): string {
  const shown = command !== null && command.length > 40 ? `${command.slice(0, 39)}…` : command;
  return shown === null ? 'your session' : `your session (${shown})`;
}

/** `21:14`, and the day before it when that is not today; in the time zone of this process. */
export function clockTime(time: string | null, nowMs: number): string {
  if (time === null) return 'earlier';
  const date = new Date(time);
  const two = (number: number): string => String(number).padStart(2, '0');
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}`;
  if (date.toDateString() === new Date(nowMs).toDateString()) return clock;
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${clock}`;
}

function notFound(id: string, going: readonly HeldSession[], command: string) {
  const there = going.map((session) => session.id).join(', ');
  return ds01Error('session.not-found', {
    message:
      there === ''
        ? `There is no session ${id}: none goes on in this container.`
        : `There is no session ${id}; there are: ${there}.`,
    hint: command,
  });
}
