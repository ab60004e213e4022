import type { MotdOutput } from '@ds01/contracts';
import type { CommandContext } from '../context.ts';
import { motdOf, motdText } from '../motd/motd.ts';

/** A login waits no longer than this. */
const patienceMs = 1000;
const dayMs = 24 * 3_600_000;

const away: MotdOutput = {
  available: false,
  containers: { total: 0, running: 0 },
  gpuEquivalents: { held: 0, allowed: null, free: 0 },
  ending: [],
  waiting: [],
  queued: null,
  alerts: [],
};

/** A daemon is there, and doesn't answer in time. */
const silent: MotdOutput = {
  ...away,
  alerts: ['DS01 does not answer now; containers that run go on.'],
};

/** `ds01 motd`: a few lines for login. Never fails; says nothing where there is no DS01. */
export async function run(context: CommandContext): Promise<number> {
  const { output } = context;
  const motd = await ask(context).catch(() => silent);
  output.result(motd, (screen) => motdText(motd, screen, Date.now()));
  return 0;
}

async function ask({ runtime, signal }: CommandContext): Promise<MotdOutput> {
  // Without a daemon there is nobody to ask whom a login could wait for.
  if (runtime.mode === 'embedded') return away;
  const { api, keepLimits } = runtime;
  const options = { signal: AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]) };
  const asksLimits = async () => {
    const { user } = await api.call('users.me', {}, options);
    return api.call('limits.show', { user, quick: true }, options);
  };
  const lately = { type: 'lifecycle.', sinceMs: Date.now() - dayMs, limit: 50 };
  const [{ containers }, gpus, { events }, queue, limits] = await Promise.all([
    api.call('containers.list', { all: true }, options),
    api.call('gpus.status', { mine: true }, options).catch(() => null),
    api.call('events.list', lately, options).catch(() => ({ events: [] })),
    api.call('queue.list', {}, options).catch(() => null),
    asksLimits(),
  ]);
  await keepLimits(limits);
  return motdOf({ containers, gpus, limits, events, queue });
}
