import { readFileSync } from 'node:fs';
import { containersOutputSchema } from '@ds01/contracts';
import {
  askAtRate,
  configWith,
  createKnownContainers,
  percentileOf,
  type LoadRequest,
} from '@ds01/e2e';
import { describe, expect, test } from 'vitest';
import { canRun, useDaemon } from './harness/use-sandbox.ts';

const isLong = process.env['DS01_TEST_LONG'] === '1';
const perSecond = 200;
/** A short run shares the machine with others: there it is about errors, and time is only bounded. */
const { containers, durationMs, readsMs } = isLong
  ? { containers: 200, durationMs: 120_000, readsMs: 100 }
  : { containers: 40, durationMs: 3000, readsMs: 5000 };
const mebibyte = 1024 ** 2;

/** One in twenty changes something. */
const writesEvery = 20;
const renamed = ['one', 'two', 'three', 'four'] as const;
const reads: readonly LoadRequest[] = [
  '/api/v1/containers',
  '/api/v1/containers?all=true',
  '/api/v1/leases',
  '/api/v1/gpus',
  '/api/v1/queue',
  '/api/v1/users/me',
  '/api/v1/version',
  '/api/v1/limits/alice?quick=true',
  '/api/v1/events?limit=20',
  '/api/v1/admin/containers?all=true',
  '/api/v1/admin/overview',
].map((path) => ({ method: 'GET', path }));

/** Gives a container another name, and back a little later, and changes settings in between. */
function writeOf(count: number): LoadRequest {
  const own = renamed[Math.floor(count / 4) % renamed.length] ?? renamed[0];
  const settings = '/api/v1/users/me/notifications';
  if (count % 2 === 1) return { method: 'POST', path: settings, body: {} };
  const [name, newName] = count % 4 === 0 ? [own, `${own}-b`] : [`${own}-b`, own];
  return { method: 'POST', path: `/api/v1/containers/${name}/rename`, body: { newName } };
}

function nth(index: number): LoadRequest {
  if (index % writesEvery === 0) return writeOf(index / writesEvery);
  return reads[index % reads.length] ?? { method: 'GET', path: '/api/v1/version' };
}

function residentBytes(pid: number): number {
  const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

describe.skipIf(!canRun)('a daemon that is asked 200 times a second', () => {
  const sandbox = useDaemon({
    name: 'load',
    gpus: 'l40sx2',
    config: configWith({ max_containers_per_user: 10 }),
  });

  test('answers all, soon, and does not grow', { timeout: 2 * durationMs + 120_000 }, async () => {
    const { ds01, daemon } = sandbox();
    await createKnownContainers(sandbox(), containers);
    for (const name of renamed) {
      const words = ['container', 'deploy', name, '--cpu-only', '--image', 'ds01/busybox'];
      await ds01([...words, '--background'], { user: 'alice' });
    }
    const memory: number[] = [];
    const sampler = setInterval(() => memory.push(residentBytes(daemon.pid())), 250);
    const target = { ...daemon, connections: 32, headers: { 'ds01-user': 'alice' } };
    const answers = await askAtRate(target, { perSecond, durationMs, nth });
    clearInterval(sampler);
    const failed = answers.filter(({ status }) => status !== 200);
    expect(failed.slice(0, 5)).toEqual([]);
    expect(answers).toHaveLength((durationMs / 1000) * perSecond);
    const ofReads = answers.filter(({ request }) => request.method === 'GET');
    const p99 = percentileOf(ofReads, 0.99);
    const median = percentileOf(ofReads, 0.5);
    const largest = Math.max(...memory);
    const half = Math.floor(memory.length / 2);
    const grown = Math.max(...memory.slice(half)) - Math.max(...memory.slice(0, half));
    console.info(
      `${String(ofReads.length)} reads: median ${median.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms; ` +
        `at most ${(largest / mebibyte).toFixed(0)} MiB, ` +
        `${(grown / mebibyte).toFixed(0)} MiB more in the second half`,
    );
    expect(p99).toBeLessThan(readsMs);
    expect(largest).toBeLessThan(200 * mebibyte);
    expect(grown).toBeLessThan(20 * mebibyte);
    const listed = await ds01(['container', 'list', '--json'], { user: 'alice' });
    expect(listed.json(containersOutputSchema).containers).toHaveLength(renamed.length);
  });
});
