// pnpm bench [case...]: measures every performance budget, or the named cases, and prints a line
// `name ratio budget ok|over` for each; the numbers behind it go to standard error. Exit code 1 when
// a budget is missed without a reason in accepted-overruns.ts, 2 for a case that doesn't exist.
import { acceptedOverruns } from './accepted-overruns.ts';
import { allocateCase } from './cases/allocate.ts';
import { dockerfileCase } from './cases/dockerfile.ts';
import { engineCase } from './cases/engine.ts';
import { httpCase } from './cases/http.ts';
import { lifecycleCase } from './cases/lifecycle.ts';
import { migCase } from './cases/mig.ts';
import { queueCase } from './cases/queue.ts';
import { reconcileCase } from './cases/reconcile.ts';
import { schedulerCase } from './cases/scheduler.ts';
import { streamsCase } from './cases/streams.ts';
import { versionCase } from './cases/version.ts';
import type { BenchCase, Measurement } from './measurement.ts';
import { buildDs01 } from './program.ts';
import { judge } from './report.ts';

const cases: Readonly<Record<string, BenchCase>> = {
  allocate: allocateCase,
  scheduler: schedulerCase,
  queue: queueCase,
  mig: migCase,
  dockerfile: dockerfileCase,
  reconcile: reconcileCase,
  lifecycle: lifecycleCase,
  version: versionCase,
  engine: engineCase,
  streams: streamsCase,
  http: httpCase,
};

async function main(words: readonly string[]): Promise<number> {
  const names = words.length === 0 ? Object.keys(cases) : words;
  const unknown = names.filter((name) => cases[name] === undefined);
  if (unknown.length > 0) {
    const known = Object.keys(cases).join(' ');
    console.error(`no case is called ${unknown.join(', ')}; there are: ${known}`);
    return 2;
  }
  buildDs01();
  const measurements: Measurement[] = [];
  const chosen = names.flatMap((name) => cases[name] ?? []);
  for (const one of chosen) {
    const found = await one.run();
    for (const { name, raw } of found) console.error(`${name}: ${raw}`);
    measurements.push(...found);
  }
  const expected = chosen.flatMap(({ budgets }) => budgets);
  const verdict = judge(measurements, expected, acceptedOverruns);
  for (const line of verdict.lines) console.log(line);
  for (const remark of verdict.remarks) console.error(remark);
  return verdict.exitCode;
}

process.exitCode = await main(process.argv.slice(2));
