// pnpm check [--fix] [step...]: every static check of the repository, or the named ones. All of them
// run, also after one has failed; exit code 1 when any did, 2 for a step that doesn't exist.
import { join } from 'node:path';
import { steps, type Step } from './steps.ts';

const root = join(import.meta.dirname, '../../..');

const runStep = async (step: Step, fix: boolean): Promise<boolean> => {
  const startedMs = performance.now();
  if (fix) await step.fix?.(root);
  const { ok, output } = await step.run(root);
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${step.name.padEnd(9)}${step.title}, ${seconds} s`);
  if (!ok) console.log(output.trimEnd().replace(/^/gm, '       '));
  return ok;
};

const main = async (words: readonly string[]): Promise<number> => {
  const names = words.filter((word) => word !== '--fix');
  const unknown = names.filter((name) => !steps.some((step) => step.name === name));
  if (unknown.length > 0) {
    const known = steps.map(({ name }) => name).join(' ');
    console.error(`no check is called ${unknown.join(', ')}; there are: ${known}`);
    return 2;
  }
  const chosen = steps.filter(({ name }) => names.length === 0 || names.includes(name));
  const failed: string[] = [];
  for (const step of chosen) {
    if (!(await runStep(step, words.includes('--fix')))) failed.push(step.name);
  }
  if (failed.length === 0) console.log(`${chosen.length} checks passed`);
  else console.log(`${failed.length} of ${chosen.length} checks failed: ${failed.join(' ')}`);
  return failed.length === 0 ? 0 : 1;
};

process.exitCode = await main(process.argv.slice(2));
