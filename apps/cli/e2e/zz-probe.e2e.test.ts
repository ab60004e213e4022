import { test } from 'vitest';
import { configWith } from './harness/limits.ts';
import { useSandbox } from './harness/use-sandbox.ts';
import { readFileSync } from 'node:fs';
const sandbox = useSandbox({
  name: 'fprobe',
  gpus: 'h100x8',
  config: configWith({}, 'leases:\n  reserve_ttl_s: 1\n'),
});
test('probe', async () => {
  const s = sandbox();
  const faulty = (words: string[], env: string) =>
    s.run([
      'env',
      ...env.split(' '),
      process.execPath,
      '--conditions=@ds01/source',
      new URL('./faults/faulty-main.ts', import.meta.url).pathname,
      ...words,
    ]);
  for (const words of [
    'container deploy t --image ds01/busybox --json --user alice',
    'container stop t --json --user alice',
    'container start t --json --user alice',
    'container stop t --json --user alice',
    'container remove t --json --user alice --yes',
    'container deploy t --image ds01/busybox --json --user alice',
    'container retire t --json --yes --user alice',
  ]) {
    const t0 = Date.now();
    const o = await faulty(words.split(' '), 'DS01_FAULT_CALLS=/tmp/calls.txt');
    console.log(
      words,
      o.code,
      Date.now() - t0,
      'ms',
      readFileSync('/tmp/calls.txt', 'utf8').split('\n').length - 1,
      o.code === 0 ? '' : o.stdout + o.stderr,
    );
    console.log(readFileSync('/tmp/calls.txt', 'utf8').split('\n').join(' '));
    await s.run(['rm', '/tmp/calls.txt']);
  }
  let t0 = Date.now();
  await s.ds01(['container', 'list', '--all', '--json']);
  console.log('list', Date.now() - t0);
  console.log(s.resources(), s.leases(), s.host.environment);
});
