import { spawnSync } from 'node:child_process';
import type { RunningCommand } from '@ds01/e2e';
import type { DaemonSandbox } from './use-sandbox.ts';

/** renameat2(2) with RENAME_EXCHANGE, by number: both names change in one step, as often as it can. */
const exchange = `
  $| = 1; my ($one, $two, $call) = @ARGV; print "swapping";
  while (1) { syscall($call + 0, -100, $one, -100, $two, 2) == 0 or die "renameat2: $!"; }`;
const callNumbers: Readonly<Record<string, string>> = { x64: '316', arm64: '276' };

/** The same in three steps, for a machine without perl. */
const rename = `
  const fs = require('node:fs');
  const [one, two] = process.argv.slice(1);
  process.stdout.write('swapping');
  for (;;) {
    fs.renameSync(one, one + '.away'); fs.renameSync(two, one); fs.renameSync(one + '.away', two);
  }`;

/** Starts exchanging two names as somebody; it goes on until it is killed. */
export async function startSwapper(
  sandbox: DaemonSandbox,
  user: string,
  names: readonly [string, string],
): Promise<RunningCommand> {
  const call = callNumbers[process.arch];
  const hasPerl = call !== undefined && spawnSync('perl', ['-e', '1']).status === 0;
  const words = hasPerl
    ? ['perl', '-e', exchange, ...names, call]
    : [sandbox.programs.node, '-e', rename, ...names];
  const swapper = sandbox.start(words, { user, timeoutMs: 3_600_000 });
  await swapper.printed('swapping');
  return swapper;
}
