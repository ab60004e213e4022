import type { ControlPlaneDependencies, StatelessDependencies } from '../dependencies.ts';
import { readSteady } from '../lifecycle/looking/steady-clock.ts';
import { failing, fine, warning, type Check } from './check.ts';

type Facts = Pick<StatelessDependencies, 'facts'>;

/** Units that should run where they are installed. */
const units = ['docker.service', 'ds01d.service', 'nvidia-persistenced.service'];

/** Whether what runs in the background does, where systemd looks after it. */
export async function checkUnits({ facts }: Facts): Promise<Check> {
  const id = 'units';
  const states = await facts.units(units);
  if (states === null) return fine(id, 'systemd looks after nothing here');
  const known = [...states].filter(([, state]) => state !== 'absent');
  const down = known.filter(([, state]) => state !== 'active');
  const [first] = down;
  if (first === undefined) {
    const names = known.map(([name]) => name).join(', ');
    return fine(id, names === '' ? 'none of its units is installed' : `active: ${names}`);
  }
  const message = down.map(([name, state]) => `${name} is ${state}`).join(', ');
  const hint = `systemctl start ${first[0]}`;
  const hasFailed = down.some(([, state]) => state === 'failed');
  return hasFailed ? failing(id, message, hint) : warning(id, message, hint);
}

/** Beyond it somebody set the clock, or it had been wrong. */
const jumpMs = 60_000;
/** No clock that is right says an earlier time. */
const earliestMs = Date.UTC(2025, 0, 1);

/** Whether the wall clock is right and stays so; how far it was set, where there is a ledger. */
export async function checkClock(
  { facts, clock }: Pick<StatelessDependencies, 'facts' | 'clock'>,
  ledger: Pick<ControlPlaneDependencies, 'store'> | null,
): Promise<Check> {
  const id = 'clock';
  const hint = 'timedatectl set-ntp true';
  if (clock.nowMs() < earliestMs) {
    return failing(id, `the clock says ${new Date(clock.nowMs()).toISOString()}`, hint);
  }
  const jumpedMs =
    ledger === null ? 0 : ledger.store.transaction(({ meta }) => readSteady(meta, clock).jumpedMs);
  if (Math.abs(jumpedMs) >= jumpMs) {
    const seconds = Math.round(Math.abs(jumpedMs) / 1000);
    const way = jumpedMs > 0 ? 'forward' : 'back';
    const message = `the clock was set ${seconds} s ${way}; the rules go by another one`;
    return warning(id, message, hint);
  }
  const isKept = await facts.clockIsKept();
  return isKept === false
    ? warning(id, 'no time service keeps the clock', hint)
    : fine(id, isKept === null ? 'the clock is plausible' : 'a time service keeps the clock');
}

const manyKeys = 0.8;

/** Whether accounts run out of the kernel's keys: every container takes one. */
export function checkKeys({ facts }: Facts): Check {
  const id = 'keys';
  const uses = facts.keys().filter(({ maxKeys }) => maxKeys > 0);
  const tight = uses.filter(({ keys, maxKeys }) => keys >= maxKeys * manyKeys);
  if (tight.length === 0) return fine(id, 'enough keys of the kernel are left');
  const message = tight
    .map(({ uid, keys, maxKeys }) => `uid ${uid} has ${keys} of ${maxKeys} keys of the kernel`)
    .join(', ');
  const hint = 'sysctl -w kernel.keys.maxkeys=20000 kernel.keys.maxbytes=2000000';
  const isFull = tight.some(({ keys, maxKeys }) => keys >= maxKeys);
  return isFull ? failing(id, message, hint) : warning(id, message, hint);
}

const full = { share: 0.98, leftBytes: 5 * 2 ** 30 };
const tightShare = 0.9;

/** Whether the disks of these folders have room. */
export async function checkDisks(
  { system }: Pick<StatelessDependencies, 'system'>,
  paths: readonly string[],
): Promise<Check> {
  const id = 'disks';
  const spaces = await system.spaceOf([...new Set(paths)]);
  const message = spaces
    .map(({ path, bytes, usedBytes }) => {
      const percent = bytes === 0 ? 100 : Math.round((usedBytes / bytes) * 100);
      return `${path} ${percent} % of ${(bytes / 2 ** 30).toFixed(0)} GiB`;
    })
    .join(', ');
  const hint = 'docker system df';
  const isFull = spaces.some(
    ({ bytes, usedBytes }) => usedBytes >= bytes * full.share && bytes - usedBytes < full.leftBytes,
  );
  if (isFull) return failing(id, `full: ${message}`, hint);
  const isTight = spaces.some(({ bytes, usedBytes }) => usedBytes >= bytes * tightShare);
  return isTight ? warning(id, `almost full: ${message}`, hint) : fine(id, `used: ${message}`);
}
