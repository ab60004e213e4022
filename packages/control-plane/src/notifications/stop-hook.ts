import { StringDecoder } from 'node:string_decoder';
import type { ContainerRecord, EngineSession, HostAccount } from '@ds01/ports';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { aboutContainer } from '../events/container-events.ts';
import { recordEvent } from '../events/record-event.ts';

/** Folder of a workspace that DS01's own files are in, as the container sees it. */
const insideFolder = '/workspace/.ds01';

const maxOutputCharacters = 32 * 1024;
const maxReadBytes = 4 * 1024 * 1024;
const maxLogBytes = 256 * 1024;

/** What the hook is run with. */
export type StopHookDependencies = Pick<
  ControlPlaneDependencies,
  'engine' | 'peopleFiles' | 'clock' | 'store' | 'logger'
>;

/** A container that is going to be stopped. */
export interface StopHookTarget {
  /** Running: a paused one has to go on first. */
  readonly record: Pick<
    ContainerRecord,
    'id' | 'name' | 'user' | 'uid' | 'dockerName' | 'workspace' | 'managed'
  >;
  /** Its owner. */
  readonly account: HostAccount;
  /** `policies.checkpoint_warning` of the owner: whether hooks are run at all. */
  readonly enabled: boolean;
  /** Longest that the hook may take; as long as the stop itself may. */
  readonly graceMs: number;
  /** Told to the hook: `idle`, `max-runtime`, `storage`. */
  readonly reason: string;
}

/** How it went; `none`: there is no hook. */
export type StopHookOutcome = 'none' | 'succeeded' | 'failed' | 'too-slow';

/**
 * Runs the owner's program `/workspace/.ds01/on-stop` inside, as the owner and in `/workspace`, with
 * `DS01_STOP_REASON` and `DS01_STOP_GRACE_S`, and waits for it for the grace period at most: what runs
 * longer goes on until the container's end. It has to be a regular, executable file of the owner's.
 * What it prints goes to `/workspace/.ds01/on-stop.log`, the end of it. A failure is the event
 * `hook.failed`; nothing here ever fails or keeps a container from being stopped.
 */
export async function runStopHook(
  deps: StopHookDependencies,
  target: StopHookTarget,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<StopHookOutcome> {
  const { record, account, enabled } = target;
  if (!enabled || !record.managed || record.workspace === null) return 'none';
  const path = `${record.workspace}/.ds01/on-stop`;
  const limit = new AbortController();
  const timer = new AbortController();
  const end = (): void => limit.abort();
  options.signal?.addEventListener('abort', end, { once: true });
  if (options.signal?.aborted === true) end();
  void deps.clock.sleep(target.graceMs, timer.signal).then(end, () => undefined);
  try {
    const found = await untilAborted(deps.peopleFiles.isProgram({ account, path }), limit.signal);
    if (found !== true) return 'none';
    const ran = await runInside(deps, target, limit.signal);
    const { outcome, reason } = judge(ran, target.graceMs);
    if (reason !== null) tellFailure(deps, record, reason);
    await untilAborted(keepOutput(deps, target, { ...ran, reason }), limit.signal);
    return outcome;
  } catch (error) {
    tellFailure(deps, record, error instanceof Error ? error.message : String(error));
    return 'failed';
  } finally {
    timer.abort();
    options.signal?.removeEventListener('abort', end);
  }
}

interface Ran {
  readonly output: string;
  /** `null`: it wasn't waited for any longer, or nobody knows. */
  readonly exitCode: number | null;
  readonly tooSlow: boolean;
}

async function runInside(
  { engine }: StopHookDependencies,
  { record, account, graceMs, reason }: StopHookTarget,
  signal: AbortSignal,
): Promise<Ran> {
  const spec = {
    command: [`${insideFolder}/on-stop`],
    user: `${account.uid}:${account.gid}`,
    workingDirectory: '/workspace',
    env: [`DS01_STOP_REASON=${reason}`, `DS01_STOP_GRACE_S=${Math.floor(graceMs / 1000)}`],
    tty: false,
    stdin: false,
  };
  const opening = engine.exec(record.id, spec, { signal });
  const session = await untilAborted(opening, signal);
  if (session === null) {
    void opening.then(
      (late) => late.close(),
      () => undefined,
    );
    return { output: '', exitCode: null, tooSlow: true };
  }
  const read = collect(session);
  try {
    const exitCode = await untilAborted(session.exited, signal);
    return { output: read(), exitCode, tooSlow: signal.aborted };
  } finally {
    session.close();
  }
}

/** Keeps the end of what a program prints. One that floods is not read any more, and so has to wait. */
function collect({ stdout, stderr }: EngineSession): () => string {
  let kept = '';
  let readBytes = 0;
  for (const stream of [stdout, stderr]) {
    const decoder = new StringDecoder('utf8');
    stream.on('data', (bytes: Buffer) => {
      readBytes += bytes.length;
      kept = (kept + decoder.write(bytes)).slice(-maxOutputCharacters);
      if (readBytes > maxReadBytes) stream.pause();
    });
    stream.on('error', () => undefined);
  }
  return () => kept;
}

function judge(
  { exitCode, tooSlow }: Ran,
  graceMs: number,
): { readonly outcome: StopHookOutcome; readonly reason: string | null } {
  if (tooSlow) {
    return { outcome: 'too-slow', reason: `it took longer than ${Math.round(graceMs / 1000)} s` };
  }
  if (exitCode === 0) return { outcome: 'succeeded', reason: null };
  return { outcome: 'failed', reason: `it ended with exit code ${exitCode ?? 'unknown'}` };
}

async function keepOutput(
  { peopleFiles, clock, logger }: StopHookDependencies,
  { record, account }: StopHookTarget,
  { output, reason }: { readonly output: string; readonly reason: string | null },
): Promise<void> {
  const path = `${record.workspace ?? ''}/.ds01/on-stop.log`;
  const head = `${new Date(clock.nowMs()).toISOString()} on-stop of ${record.name}`;
  const text = `${head}: ${reason ?? 'it succeeded'}\n${output}${output.endsWith('\n') || output === '' ? '' : '\n'}`;
  try {
    await peopleFiles.append({ account, path, text, maxBytes: maxLogBytes });
  } catch (error) {
    logger.debug('the output of a hook could not be kept', { path, error: String(error) });
  }
}

function tellFailure(
  deps: StopHookDependencies,
  record: StopHookTarget['record'],
  reason: string,
): void {
  recordEvent(deps, { type: 'hook.failed', ...aboutContainer(record), details: { reason } });
}

/** What a promise gives; `null` when the signal comes first. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | null> {
  return new Promise((resolve, reject) => {
    const abort = (): void => resolve(null);
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    promise
      .finally(() => signal.removeEventListener('abort', abort))
      .then(resolve, (error: unknown) => {
        if (signal.aborted) resolve(null);
        else reject(error);
      });
  });
}
