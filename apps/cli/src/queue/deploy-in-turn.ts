import { setTimeout as pause } from 'node:timers/promises';
import { switchFlag } from '@ds01/command-line';
import type { Ds01Error, RouteInput, RouteOutput } from '@ds01/contracts';
import { ds01Error, isDs01Error } from '@ds01/contracts/core';
import type { CommandContext } from '../context.ts';
import { mayAsk } from '../wizard/wants-questions.ts';
import { createPlaceTeller, type PlaceTeller } from './tell-place.ts';
import { ownEntry, watchPlace } from './watch-place.ts';

type DeployInput = RouteInput<'containers.deploy'>;
type Deployed = RouteOutput<'containers.deploy'>;

const retryMs = 300;
/** A call that took longer than this had reached the daemon. */
const connectedMs = 5000;
/** How long a daemon may be away before nobody waits for it any more. */
const patienceMs = 15 * 60_000;
/** How long whoever pressed Ctrl-C waits to hear that the place was given up. */
const leaveMs = 5000;

/**
 * `containers.deploy`. With `wait` it tells where the request stands, goes on after a restart of the
 * daemon, and leaves the queue on Ctrl-C; without, whoever sits at a terminal is asked whether to wait
 * when no GPU is free. Fails with the operation's errors; `queue.timed-out` and `operation.interrupted`
 * say what to do next, `gpu.none-free` that one can wait.
 */
export async function deployInTurn(context: CommandContext, input: DeployInput): Promise<Deployed> {
  if (input.wait !== null && input.wait !== undefined) return waitForTurn(context, input);
  const { output, runtime, signal } = context;
  const onProgress = (line: string): void => output.progress(line);
  try {
    return await runtime.api.call('containers.deploy', input, { signal, onProgress });
  } catch (error) {
    if (!canWait(context, error)) throw error;
    const waits = mayAsk(context) && (await asksToWait(context, error));
    if (!waits) throw withOffer(error);
  }
  return waitForTurn(context, { ...input, wait: { forMs: null } });
}

async function waitForTurn(context: CommandContext, input: DeployInput): Promise<Deployed> {
  const { output, runtime, signal } = context;
  const teller = createPlaceTeller({ output, nowMs: Date.now });
  const ended = new AbortController();
  const watching = watchPlace({
    api: runtime.api,
    container: nameOf(input),
    signal: AbortSignal.any([signal, ended.signal]),
    onEntry: (entry) => teller.tell(entry),
  });
  try {
    return await deployAndReturn(context, input, teller);
  } catch (error) {
    throw signal.aborted ? await leave(context, { input, teller, error }) : withNextStep(error);
  } finally {
    ended.abort();
    teller.stop();
    await watching;
  }
}

/** The call, again after each time that the daemon went away. */
async function deployAndReturn(
  context: CommandContext,
  input: DeployInput,
  teller: PlaceTeller,
): Promise<Deployed> {
  const { runtime, signal } = context;
  const onProgress = (line: string): void => teller.progress(line);
  let awaySinceMs: number | null = null;
  for (;;) {
    const beganMs = performance.now();
    try {
      const left = withTimeLeft(input, teller.last()?.waitsUntil ?? null);
      return await runtime.api.call('containers.deploy', left, { signal, onProgress });
    } catch (error) {
      if (signal.aborted || !(await isKept(context, { input, teller, error }))) throw error;
      const nowMs = performance.now();
      if (awaySinceMs === null || nowMs - beganMs > connectedMs) {
        awaySinceMs = nowMs;
        teller.away();
      }
      if (nowMs - awaySinceMs > patienceMs) throw asKept(error);
    }
    await pause(retryMs, undefined, { signal }).catch(() => undefined);
  }
}

/** Who asks again waits no longer for it than they said at first. */
function withTimeLeft(input: DeployInput, waitsUntil: string | null): DeployInput {
  if (waitsUntil === null) return input;
  return { ...input, wait: { forMs: Math.max(1000, Date.parse(waitsUntil) - Date.now()) } };
}

interface Failure {
  readonly input: DeployInput;
  readonly teller: PlaceTeller;
  readonly error: unknown;
}

/** Whether the request goes on waiting although its connection has ended. */
async function isKept(
  { runtime, signal }: CommandContext,
  { input, teller, error }: Failure,
): Promise<boolean> {
  // Whoever never had a place has none that a daemon could have kept.
  if (teller.last() === null || !isDs01Error(error)) return false;
  if (/^daemon\.(?:unreachable|busy)$/.test(error.code)) return true;
  if (error.code !== 'operation.interrupted') return false;
  // A daemon that ends interrupts what it does.
  const asked = { api: runtime.api, container: nameOf(input), signal };
  return ownEntry(asked).then(
    (entry) => entry !== null,
    () => true,
  );
}

/** Ctrl-C: the place is given up, and whoever had it hears so. */
async function leave(
  { runtime }: CommandContext,
  { input, teller, error }: Failure,
): Promise<unknown> {
  const last = teller.last();
  if (last === null) return error;
  const again = commandOf(input);
  try {
    const signal = AbortSignal.timeout(leaveMs);
    const entry = await ownEntry({ api: runtime.api, container: nameOf(input), signal });
    if (entry !== null) await runtime.api.call('queue.leave', { id: entry.id }, { signal });
  } catch (cause) {
    if (isDs01Error(cause) && /^queue\.(?:ended|not-found)$/.test(cause.code)) {
      return left(last.position, again);
    }
    return ds01Error('operation.interrupted', {
      message:
        'Interrupted, but the daemon does not answer: your place in the queue is kept until it is ' +
        'given up.',
      hint: `ds01 queue leave ${last.container ?? last.id}`,
      cause,
    });
  }
  return left(last.position, again);
}

function left(position: number | null, again: string) {
  const place = position === null ? '' : `, where you were at place ${position}`;
  return ds01Error('operation.interrupted', {
    message: `You left the queue${place}. Nothing was made, and nothing is kept for you.`,
    hint: again,
  });
}

/** The error of a daemon that stays away. */
function asKept(error: unknown): unknown {
  if (!isDs01Error(error)) return error;
  return ds01Error(error.code, {
    message: `${error.message} Your place in the queue is kept; the same command goes on with it.`,
    hint: error.hint ?? undefined,
    details: error.details,
    cause: error,
  });
}

/** The error of a wait that took too long, or was of no use, always with what to do next. */
function withNextStep(error: unknown): unknown {
  if (!isDs01Error(error) || error.code !== 'queue.timed-out' || error.hint !== null) return error;
  return ds01Error(error.code, {
    message: error.message,
    hint: 'ds01 queue list',
    details: error.details,
    cause: error,
  });
}

/** Only a daemon has a queue. */
function canWait({ runtime, flags }: CommandContext, error: unknown): error is Ds01Error {
  const isRefused = isDs01Error(error) && error.code === 'gpu.none-free';
  return isRefused && runtime.mode === 'daemon' && !switchFlag(flags, 'dryRun');
}

async function asksToWait({ output, signal }: CommandContext, error: Ds01Error): Promise<boolean> {
  output.say(error.message);
  const { createTerminalPrompter } = await import('../wizard/terminal-prompter.ts');
  return createTerminalPrompter(output, signal).confirm('Wait for your turn?');
}

/** The refusal for want of a free GPU, with what helps. */
function withOffer(error: Ds01Error): Ds01Error {
  if (error.message.includes('--wait')) return error;
  return ds01Error(error.code, {
    message: `${error.message} With --wait the same command waits for its turn.`,
    hint: error.hint ?? undefined,
    details: error.details,
    retryable: error.retryable,
    cause: error,
  });
}

function nameOf({ name, project }: DeployInput): string | null {
  return name ?? project ?? null;
}

function commandOf(input: DeployInput): string {
  const name = nameOf(input);
  return name === null ? 'ds01 queue list' : `ds01 container deploy ${name} --wait`;
}
