import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deployOutputSchema, type DeployOutput } from '@ds01/contracts';
import { configWith, succeeded } from '@ds01/e2e';
import type { DaemonSandbox } from './use-sandbox.ts';

const wholeGpus = 12;

/** Twelve whole GPUs, and one that is divided into two instances of MIG. */
const topology = {
  hostSeed: 'rules-site',
  devices: [
    ...Array.from({ length: wholeGpus }, (_, index) => ({ index, model: 'NVIDIA L40S' })),
    {
      index: wholeGpus,
      model: 'NVIDIA A100-SXM4-40GB',
      migMode: 'enabled',
      utilization: null,
      migInstances: [
        { profile: '3g.20gb', gpuInstanceId: 1, placement: { start: 4, size: 4 } },
        { profile: '3g.20gb', gpuInstanceId: 2, placement: { start: 0, size: 4 } },
      ],
    },
  ],
};

/** Writes the GPUs of this site to a file; `remove` takes it away again. */
export function writeGpus(): { readonly path: string; readonly remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'ds01-rules-site-'));
  const path = join(folder, 'topology.json');
  writeFileSync(path, JSON.stringify(topology));
  return { path, remove: () => rmSync(folder, { recursive: true }) };
}

/** A minute of idleness; carol has a minute of runtime instead; dave is exempt. */
export const rulesConfig = {
  ...configWith(
    {
      idle_timeout_h: '60s',
      max_runtime_h: null,
      gpu_hold_after_stop_h: '8s',
      container_hold_after_stop_h: 1,
      policies: { grace_period_m: 0, high_demand_threshold: 1, sigterm_grace_s: 1 },
    },
    'gate: { mode: observe }\n',
  ),
  'user-overrides.yaml': 'carol: { idle_timeout_h: null, max_runtime_h: 60s }\n',
  'lifecycle-exemptions.yaml':
    'exemptions:\n  - { username: dave, exempt_from: [idle_timeout_h], reason: Field study, expires_on: null }\n',
};

/** Ends at SIGTERM, as an orderly program does, and does nothing until then. */
export const orderly = "trap 'exit 0' TERM; sleep 100000 & wait";

/** Some percent of a CPU. */
export const counts =
  'while :; do i=0; while [ $i -lt 30000 ]; do i=$((i+1)); done; usleep 500000; done';

/** Prints each signal that reaches it, and goes on. */
export const listens =
  "for s in HUP INT QUIT USR1 USR2 TERM; do trap 'echo signalled' $s; done; while :; do sleep 5; done";

/** Serves a file of a mebibyte to whoever asks; ends at SIGTERM. */
export const serves =
  'mkdir -p /tmp/www; head -c 1048576 /dev/zero > /tmp/www/big; ' +
  "httpd -f -p 8080 -h /tmp/www & trap 'exit 0' TERM; wait";

/** A program for Node that fetches from a port of this machine again and again. */
export const fetches = (port: number): string =>
  `const go = async () => { for (;;) { try { await (await fetch('http://127.0.0.1:${String(port)}/big')).arrayBuffer() } catch {} await new Promise((next) => setTimeout(next, 1500)) } }; go()`;

/** Deploys a container that runs a shell script. */
export async function deployScript(
  { ds01 }: DaemonSandbox,
  wanted: {
    readonly name: string;
    readonly script: string;
    readonly user?: string;
    readonly flags?: readonly string[];
  },
): Promise<DeployOutput> {
  const { name, script, user = 'alice', flags = ['--gpus', '1'] } = wanted;
  const words = ['container', 'deploy', name, '--image', 'ds01/busybox', '--background', '--json'];
  const outcome = await ds01([...words, ...flags, '--', 'sh', '-c', script], { user });
  return succeeded(outcome).json(deployOutputSchema);
}
