import { setTimeout as pause } from 'node:timers/promises';
import { switchFlag } from '@ds01/command-line';
import type { Ds01Error, RouteInput, RouteOutput } from '@ds01/contracts';
import { isDs01Error } from '@ds01/contracts/core';
import type { CommandContext } from '../context.ts';
import { mayAsk } from '../wizard/wants-questions.ts';
import { createPlaceTeller, type PlaceTeller } from './tell-place.ts';
import { isHelpedByWaiting, leftQueue, stillKept, withNextStep, withOffer } from './turn-errors.ts';
import { createPlaceWatch, type PlaceWatch } from './watch-place.ts';

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
 * say what to do next, `gpu.none-free` and `gpu.reserved` that one can wait.
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

/** Only a daemon has a queue. */
function canWait({ runtime, flags }: CommandContext, error: unknown): error is Ds01Error {
  const mayWait = runtime.mode === 'daemon' && !switchFlag(flags, 'dryRun');
  return mayWait && isHelpedByWaiting(error);
}

async function asksToWait({ output, signal }: CommandContext, error: Ds01Error): Promise<boolean> {
  output.say(error.message);
  const { createTerminalPrompter } = await import('../wizard/terminal-prompter.ts');
  return createTerminalPrompter(output, signal).confirm('Wait for your turn?');
}

/** Somebody who waits: what they asked for, and how that stands. */
interface Turn {
  readonly context: CommandContext;
  readonly input: DeployInput;
  readonly teller: PlaceTeller;
  readonly watch: PlaceWatch;
}

async function waitForTurn(context: CommandContext, input: DeployInput): Promise<Deployed> {
  const { output, runtime, signal } = context;
  const teller = createPlaceTeller({ output, nowMs: Date.now });
  const ended = new AbortController();
  const watch = createPlaceWatch({
    api: runtime.api,
    signal: AbortSignal.any([signal, ended.signal]),
    onEntry: (entry) => teller.tell(entry),
  });
  const turn: Turn = { context, input, teller, watch };
  try {
    return await deployAndReturn(turn);
  } catch (error) {
    throw signal.aborted ? await leave(turn, error) : withNextStep(error);
  } finally {
    ended.abort();
    teller.stop();
    await watch.ended();
  }
}

/** The call, again after each time that the daemon went away. */
async function deployAndReturn({ context, input, teller, watch }: Turn): Promise<Deployed> {
  const { api } = context.runtime;
  const { signal } = context;
  const onProgress = (line: string): void => {
    if (!watch.heard(line)) teller.progress(line);
  };
  let awaySinceMs: number | null = null;
  for (;;) {
    const beganMs = performance.now();
    try {
      const again = withTimeLeft(input, teller.last()?.waitsUntil ?? null);
      return await api.call('containers.deploy', again, { signal, onProgress });
    } catch (error) {
      if (signal.aborted || !(await isKept({ context, watch }, error))) throw error;
      const nowMs = performance.now();
      if (awaySinceMs === null || nowMs - beganMs > connectedMs) {
        awaySinceMs = nowMs;
        teller.away();
      }
      if (nowMs - awaySinceMs > patienceMs) throw stillKept(error);
    }
    await pause(retryMs, undefined, { signal }).catch(() => undefined);
  }
}

/** Who asks again waits no longer for it than they said at first. */
function withTimeLeft(input: DeployInput, waitsUntil: string | null): DeployInput {
  if (waitsUntil === null) return input;
  return { ...input, wait: { forMs: Math.max(1000, Date.parse(waitsUntil) - Date.now()) } };
}

/** Whether the request goes on waiting although its connection has ended. */
async function isKept(
  { context, watch }: Pick<Turn, 'context' | 'watch'>,
  error: unknown,
): Promise<boolean> {
  const id = watch.id();
  // Whoever never had a place has none that a daemon could have kept.
  if (id === null || !isDs01Error(error)) return false;
  if (/^daemon\.(?:unreachable|busy)$/.test(error.code)) return true;
  if (error.code !== 'operation.interrupted') return false;
  // A daemon that ends interrupts what it does.
  const { runtime, signal } = context;
  return runtime.api.call('queue.show', { id }, { signal }).then(
    ({ state }) => state === 'waiting' || state === 'granted',
    (cause: unknown) => !(isDs01Error(cause) && cause.code === 'queue.not-found'),
  );
}

/** Ctrl-C: the place is given up, and whoever had it hears so. */
async function leave({ context, input, teller, watch }: Turn, error: unknown): Promise<unknown> {
  const id = watch.id();
  if (id === null || teller.last()?.state === 'claimed') return error;
  const verb = input.start === false ? ('create' as const) : ('deploy' as const);
  const place = { id, position: teller.last()?.position ?? null, name: nameOf(input), verb };
  const signal = AbortSignal.timeout(leaveMs);
  return context.runtime.api.call('queue.leave', { id }, { signal }).then(
    () => leftQueue(place),
    (cause: unknown) => {
      const isOver = isDs01Error(cause) && /^queue\.(?:ended|not-found)$/.test(cause.code);
      return leftQueue(place, isOver ? undefined : cause);
    },
  );
}

function nameOf({ name, project }: DeployInput): string | null {
  return name ?? project ?? null;
}
