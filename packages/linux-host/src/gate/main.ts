import { readFileSync, writeSync } from 'node:fs';
import { dockerNameIn, readBundle, readStateMessage } from './bundle.ts';
import { createGateFolder } from './folder.ts';
import { identifyProcess } from './process-identity.ts';
import { passGate } from './protocol.ts';
import { refusalOf } from './refusal.ts';
import { readGateSettings } from './settings.ts';

/**
 * The gate: `main.ts --engine-dir DIR prestart`, run by the engine as the prestart hook of each GPU
 * container with the container's OCI state on stdin. Exit 0 lets the start go on, after the next
 * hook was run with the same arguments and input; anything that isn't a clear yes is exit 1 with one
 * line on stderr. It runs at every start, so it loads nothing but node's own modules.
 */
function main(argv: readonly string[]): number {
  const [flag, engineDirectory, ...hookArguments] = argv;
  if (flag !== '--engine-dir' || engineDirectory === undefined) {
    return refuse('the GPU gate was started without --engine-dir');
  }
  try {
    const settings = readGateSettings(engineDirectory);
    const input = readFileSync(0);
    // Only the start is gated; the same hook may be installed for later stages.
    const isStart = hookArguments[0] !== 'poststart' && hookArguments[0] !== 'poststop';
    const refusal = isStart ? judge(engineDirectory, settings.mode, input.toString('utf8')) : null;
    if (refusal !== null) return refuse(refusal);
    return settings.next === null ? 0 : runNext(settings.next, hookArguments, input);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return refuse(`the GPU gate can't decide, so nothing starts (${reason}); try: ds01 doctor`);
  }
}

function judge(engineDirectory: string, mode: 'enforce' | 'observe', input: string): string | null {
  const state = readStateMessage(input);
  if (state === null) throw new Error("the container's state was not understood");
  const bundle = readBundle(state.bundle);
  if (bundle === null) throw new Error("the container's configuration was not understood");
  if (bundle.devices === null) throw new Error('the container does not say which GPUs it gets');
  if (bundle.devices.length === 0) return null;
  const firstProcess = identifyProcess(state.pid);
  if (firstProcess === null) throw new Error(`the container's process ${state.pid} is gone`);
  const decision = passGate(createGateFolder(engineDirectory), {
    containerId: state.containerId,
    process: firstProcess,
    devices: bundle.devices,
    mode,
  });
  if (decision.pass) return null;
  const folder = bundle.containerFolder;
  return refusalOf(decision, folder === null ? null : dockerNameIn(folder));
}

function runNext(next: string, hookArguments: readonly string[], input: Buffer): number {
  // Loaded on demand: the common refusal and a gate without a next hook don't need it.
  const { spawnSync } = process.getBuiltinModule('node:child_process');
  const outcome = spawnSync(next, hookArguments, { input, stdio: ['pipe', 'inherit', 'inherit'] });
  // A hook that doesn't read its input is no failure.
  if (outcome.error !== undefined && outcome.status === null) throw outcome.error;
  return outcome.status ?? 1;
}

function refuse(message: string): number {
  writeSync(2, `ds01: ${message.replaceAll(/\s+/g, ' ')}\n`);
  return 1;
}

process.exitCode = main(process.argv.slice(2));
