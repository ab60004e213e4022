import { commandFor } from '@ds01/command-line';
import type { HeldSession } from '@ds01/contracts';
import { isDs01Error } from '@ds01/contracts/core';
import type { ApiOptions, ApiSession } from '@ds01/ports';
import type { CommandContext } from './context.ts';
import { createDetachKeys } from './detach-keys.ts';
import { chooseSession, type SessionChoice } from './kept-sessions.ts';
import { askEnding } from './lifecycle/ending.ts';
import { connectProcess, ownTerminal, type OwnTerminal } from './terminal-session.ts';

/** What {@link openShell} opens, and what happens afterwards. */
export interface ShellTarget {
  readonly name: string;
  /** `null` is a shell. */
  readonly command: readonly string[] | null;
  /** Which session of those that go on; the one that was left last when left out. */
  readonly choice?: SessionChoice;
  /** Retires the container once the shell has ended, however it ended; not when it is only left. */
  readonly retireAfter?: boolean;
}

/**
 * Opens a shell in a container, or runs a command there, starting the container first. At a terminal,
 * and where a daemon is there to hold it, it goes on when this command is left or killed, and is gone
 * back to as `choice` says.
 */
export async function openShell(context: CommandContext, target: ShellTarget): Promise<number> {
  const { output, runtime, signal } = context;
  const terminal = ownTerminal();
  const kept = terminal.tty && runtime.mode === 'daemon';
  const resumed = kept ? await sessionToResume(context, target) : null;
  const { code, endedBy } = await connectProcess(
    async (options) => {
      const session = await openSession(context, { target, terminal, kept, resumed, options });
      output.settle();
      return session;
    },
    { tty: terminal.tty, signal, ...(kept ? { filterInput: createDetachKeys } : {}) },
  );
  if (endedBy === 'process') await sayGoodbye(context, target);
  else if (kept && endedBy === 'keys') {
    output.say(`it goes on; back to it with: ds01 container run ${target.name}`);
  }
  return code;
}

async function sessionToResume(
  { output, runtime, signal }: CommandContext,
  { name, command, choice }: ShellTarget,
): Promise<HeldSession | null> {
  const { sessions } = await runtime.api.call('containers.sessions', { name }, { signal });
  const { resumed, remarks } = chooseSession(
    sessions,
    { another: command !== null, id: null, takeOver: false, ...choice },
    { name, nowMs: Date.now() },
  );
  for (const remark of remarks) output.say(remark);
  return resumed;
}

async function openSession(
  { output, runtime }: CommandContext,
  opening: {
    readonly target: ShellTarget;
    readonly terminal: OwnTerminal;
    readonly kept: boolean;
    readonly resumed: HeldSession | null;
    readonly options: ApiOptions;
  },
): Promise<ApiSession> {
  const { target, terminal, kept, resumed, options } = opening;
  const { name, command } = target;
  if (resumed !== null) {
    const takeOver = target.choice?.takeOver ?? false;
    const wanted = { name, id: resumed.id, size: terminal.size, takeOver };
    return runtime.api.session('containers.resume', wanted, options);
  }
  const given = command === null ? null : [...command];
  const input = { ...terminal, name, command: given, stdin: true, startFirst: true, keep: kept };
  const onProgress = (line: string): void => output.progress(line);
  return runtime.api.session('containers.exec', input, { ...options, onProgress });
}

/** What becomes of the container when what ran in it has ended. */
async function sayGoodbye(context: CommandContext, target: ShellTarget): Promise<void> {
  const { output, runtime } = context;
  const { name, command, retireAfter = false } = target;
  const typed = (verb: string): string =>
    commandFor(`ds01 container ${verb} ${name}`, runtime.actFor);
  if (retireAfter) return retire(context, name);
  if (command !== null) return;
  const ending = await askEnding(context, name);
  if (ending === null || ending.state !== 'running') return;
  output.say(
    ending.text === null
      ? `${name} keeps running until you stop it: ${typed('stop')}, or ${typed('retire')} to ` +
          'give its GPU back'
      : `${name} keeps running, and is ${ending.text}: ${typed('explain')}; give its GPU back ` +
          `sooner with: ${typed('retire')}`,
  );
}

async function retire({ output, runtime }: CommandContext, name: string): Promise<void> {
  const others = await otherSessions(runtime.api, name);
  if (others.length > 0) {
    output.say(
      `${name} is not retired: ${others.length} other session(s) go on in it; ` +
        `when they have ended: ds01 container retire ${name}`,
    );
    return;
  }
  const { note } = await runtime.api.call(
    'containers.retire',
    { name, timeoutSeconds: null, force: false },
    { onProgress: (line) => output.progress(line) },
  );
  output.say(`${name} retired${note === null ? '' : `: ${note}`}`);
}

async function otherSessions(
  api: CommandContext['runtime']['api'],
  name: string,
): Promise<readonly HeldSession[]> {
  try {
    const { sessions } = await api.call('containers.sessions', { name });
    return sessions.filter(({ state }) => state === 'attached' || state === 'detached');
  } catch (error) {
    if (isDs01Error(error) && error.code === 'container.not-found') return [];
    throw error;
  }
}
