import { join } from 'node:path';
import { startSandbox, type Sandbox } from '@ds01/e2e';
import type { BenchCase, Measurement } from '../measurement.ts';
import { describePairs, measurePairs, ratioOf } from '../statistics.ts';

const mebibyte = 1_048_576;
/** Into a container the engine is four times as fast as out of it. */
const inBytes = 1024 * mebibyte;
const outBytes = 256 * mebibyte;
const pairsOfStreams = 5;
const user = 'alice';

/** At least 70 % of the engine's own speed. */
const budget = 1.43;

/** A stream through `ds01 container exec` and the daemon, and through Docker's own command. */
export const streamsCase: BenchCase = {
  budgets: ['stream-in-over-docker-exec', 'stream-out-over-docker-exec'],
  run: async () => {
    const say = (line: string): void => console.error(line);
    await using sandbox = await startSandbox({
      name: 'bench-streams',
      gpus: 'l40sx2',
      daemon: true,
      dataOnDisk: true,
      say,
    });
    const words = ['container', 'deploy', 'stream', '--image', 'ds01/busybox', '--background'];
    const deployed = await sandbox.ds01([...words, '--cpu-only'], { user });
    if (deployed.code !== 0) throw new Error(deployed.stderr);
    return [
      await compare(sandbox, {
        direction: 'in',
        bytes: inBytes,
        script: (exec, bytes) => `head -c ${bytes} /dev/zero | ${exec} sh -c 'cat >/dev/null'`,
      }),
      await compare(sandbox, {
        direction: 'out',
        bytes: outBytes,
        script: (exec, bytes) => `${exec} head -c ${bytes} /dev/zero | cat >/dev/null`,
      }),
    ];
  },
};

interface Stream {
  readonly direction: 'in' | 'out';
  readonly bytes: number;
  readonly script: (exec: string, bytes: string) => string;
}

async function compare(
  sandbox: Sandbox,
  { direction, bytes, script }: Stream,
): Promise<Measurement> {
  const { environment, paths } = sandbox.host;
  const programs = join(paths.root, 'programs');
  const ds01 = `${programs}/node ${programs}/cli/main.js container exec stream --`;
  const docker = `${environment['DS01_DOCKER'] ?? 'docker'} exec -i stream._.${user}`;
  const pairs = await measurePairs({
    turns: pairsOfStreams,
    warmUp: 1,
    left: () => runScript(sandbox, script(ds01, String(bytes)), user),
    right: () => runScript(sandbox, script(docker, String(bytes))),
  });
  return {
    name: `stream-${direction}-over-docker-exec`,
    ratio: ratioOf(pairs),
    budget,
    raw: `${String(bytes / mebibyte)} MiB: ${describePairs(pairs, ['ds01', 'docker exec'])}`,
  };
}

/** Milliseconds of a script that has to succeed. */
async function runScript(sandbox: Sandbox, script: string, as?: string): Promise<number> {
  const start = performance.now();
  const words = ['bash', '-o', 'pipefail', '-c', script];
  const outcome = await sandbox.run(words, as === undefined ? {} : { user: as });
  const milliseconds = performance.now() - start;
  if (outcome.code !== 0) throw new Error(`${script}: ${outcome.stderr}`);
  return milliseconds;
}
