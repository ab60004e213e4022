import { join } from 'node:path';
import { stopHost } from '@ds01/docker-host';
import { buildApps, people, type Sandbox, startSandbox } from '@ds01/e2e';
import { cacheDirectory, isSetupError, withFileLock } from '@ds01/setup';
import { BrokenPromise } from './claim.ts';
import { createStage } from './stage.ts';
import { demoConfig, tellStory } from './story.ts';

const introduction = `DS01 demo: a shared GPU server for alice, bob and carol, in about a minute.

A private Docker engine is started for it, with simulated GPUs (also where there are real ones),
people, and the daemon that they talk to; everything above the silicon is real. Your own Docker,
accounts and files are not touched, and at the end nothing of it is left, except for downloaded
packages in ${cacheDirectory(process.env)}.
`;

const name = 'demo';
const print = (text: string): void => {
  process.stdout.write(text);
};
const say = (line: string): void => print(`  ${line}\n`);
const bold = (text: string): string =>
  process.stdout.isTTY && (process.env['NO_COLOR'] ?? '') === ''
    ? `\u001B[1m${text}\u001B[0m`
    : text;

/** Prepares, tells the story and takes everything away again, however it ends. */
async function showAll(signal: AbortSignal): Promise<void> {
  // What a demo that was killed left behind.
  await stopHost({ name, cacheDirectory: cacheDirectory(process.env) });
  let sandbox: Sandbox | undefined;
  try {
    buildApps();
    print(`\n${bold('0. Preparing')}\n`);
    sandbox = await startSandbox({
      name,
      gpus: 'a100x4-mig',
      config: demoConfig,
      accounts: people.slice(0, 3),
      daemon: true,
      dataOnDisk: true,
      say,
      signal,
    });
    signal.throwIfAborted();
    await tellStory(createStage({ sandbox, print, bold, signal }), sandbox);
  } finally {
    await (sandbox?.stop() ?? stopHost({ name, cacheDirectory: cacheDirectory(process.env) }));
  }
}

function listenForInterrupt(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (!controller.signal.aborted) print('\nInterrupted: cleaning up.\n');
      controller.abort();
    });
  }
  return controller.signal;
}

async function main(): Promise<number> {
  print(introduction);
  const began = performance.now();
  const signal = listenForInterrupt();
  try {
    const lock = join(cacheDirectory(process.env), 'locks', 'demo');
    const onWait = (): void => say('Another demo is running here; waiting for its end.');
    await withFileLock(lock, () => showAll(signal), { onWait });
  } catch (error) {
    if (signal.aborted) return 130;
    if (isSetupError(error)) {
      print(`\n${error.message}\n${error.hint === undefined ? '' : `  ${error.hint}\n`}`);
      return error.exitCode;
    }
    if (!(error instanceof BrokenPromise)) throw error;
    print(`\nThe demo failed: ${error.message}\n`);
    return 1;
  }
  const seconds = Math.round((performance.now() - began) / 1000);
  print(
    `\n${bold('Everything shown was checked')} (${String(seconds)} s); nothing is left running.\n`,
  );
  return 0;
}

process.exitCode = await main();
