import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
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

/** Does something while Alice exchanges two names of hers. */
export async function whileSwapping(
  sandbox: DaemonSandbox,
  names: readonly [string, string],
  work: () => Promise<void>,
): Promise<void> {
  const call = callNumbers[process.arch];
  const hasPerl = call !== undefined && spawnSync('perl', ['-e', '1']).status === 0;
  const words = hasPerl
    ? ['perl', '-e', exchange, ...names, call]
    : [sandbox.programs.node, '-e', rename, ...names];
  const swapper = sandbox.start(words, { user: 'alice', timeoutMs: 2_000_000_000 });
  await swapper.printed('swapping');
  try {
    await work();
    if (swapper.child.exitCode !== null) throw new Error('the names were swapped no longer');
  } finally {
    swapper.child.kill('SIGKILL');
    await swapper.done;
  }
}

/** What is mounted below the pins, as the engine has it, by inode. */
export function pinnedInodes(sandbox: DaemonSandbox): readonly number[] {
  const pid = readFileSync(sandbox.host.paths.enginePidFile, 'utf8').trim();
  return sandbox.resources().pins.map((path) => statSync(`/proc/${pid}/root${path}`).ino);
}
