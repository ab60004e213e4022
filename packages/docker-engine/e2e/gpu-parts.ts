import { execFile } from 'node:child_process';
import { chmod, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type SlotUuid, slotUuidSchema } from '@ds01/contracts';
import type { DockerHost } from '@ds01/docker-host';

const run = promisify(execFile);

/** Puts a gate before the engine's hook that refuses while the file `refuse` has a sentence. */
export async function refusableHook(host: DockerHost, folder: string): Promise<void> {
  const hook = join(host.paths.binDirectory, 'nvidia-container-runtime-hook');
  await rename(hook, `${hook}.real`);
  const script = [
    '#!/bin/sh',
    `if [ -s '${folder}/refuse' ]; then`,
    `  echo 'a warning of somebody else' >&2`,
    `  printf 'ds01: %s\\n' "$(cat '${folder}/refuse')" >&2`,
    '  exit 1',
    'fi',
    `exec '${hook}.real' "$@"`,
  ];
  await writeFile(hook, `${script.join('\n')}\n`);
  await chmod(hook, 0o755);
}

/** A whole GPU and a MIG instance. */
export async function simulatedDevices(host: DockerHost): Promise<readonly SlotUuid[]> {
  const { stdout } = await run(host.environment['DS01_NVIDIA_SMI'] ?? '', ['-L']);
  const listed = [...stdout.matchAll(/UUID: ((GPU|MIG)-[0-9a-f-]+)/g)];
  return ['GPU', 'MIG'].map((kind) =>
    slotUuidSchema.parse(listed.find((match) => match[2] === kind)?.[1]),
  );
}
