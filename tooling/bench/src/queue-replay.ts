// node --conditions=@ds01/source tooling/bench/src/queue-replay.ts [FILE [GPUS]]: replays the whole-GPU
// tasks of a pod list of Alibaba's trace under each order of the queue, and prints the tables of
// docs/reference/queue-replay.md.
import { readFileSync } from 'node:fs';
import type { SchedulerPolicy, Trace } from '@ds01/scheduler';
import { replay } from '@ds01/scheduler/replay';
import { atLoad, openbFile, readOpenb, withWideTasks } from './replay/openb.ts';

const orders: readonly SchedulerPolicy['order'][] = ['fifo', 'fair-share', 'backfill'];
const loads = [0.6, 0.9, 1.2, 1.5] as const;

function main([file, gpus = '64']: readonly string[]): void {
  const whole = readOpenb(readFileSync(file ?? openbFile, 'utf8'), Number(gpus));
  printTable(`As recorded: ${String(whole.requests.length)} tasks on ${gpus} GPUs`, whole);
  for (const load of loads) {
    const trace = atLoad(whole, load);
    printTable(`Load ${String(load)}: ${String(trace.requests.length)} tasks`, trace);
  }
  for (const load of loads) {
    printTable(`Load ${String(load)}, every tenth task wide`, withWideTasks(atLoad(whole, load)));
  }
}

function printTable(title: string, trace: Trace): void {
  console.log(`\n### ${title}\n`);
  console.log('| order | mean wait | median | 95 % | longest | GPUs in use | fairness |');
  console.log('| --- | --- | --- | --- | --- | --- | --- |');
  for (const order of orders) {
    const start = performance.now();
    const found = replay(trace, { order, half_life_days: 7, group_weights: {}, ageing_h: 72 });
    const cells = [
      `\`${order}\``,
      hours(found.meanWaitMs),
      hours(found.medianWaitMs),
      hours(found.p95WaitMs),
      hours(found.maxWaitMs),
      `${(found.utilisation * 100).toFixed(1)} %`,
      found.fairness.toFixed(3),
    ];
    console.log(`| ${cells.join(' | ')} |`);
    console.error(`${order}: replayed in ${(performance.now() - start).toFixed(0)} ms`);
  }
}

function hours(milliseconds: number): string {
  return `${(milliseconds / 3_600_000).toFixed(2)} h`;
}

main(process.argv.slice(2));
