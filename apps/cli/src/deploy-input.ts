import { resolve } from 'node:path';
import { listFlag, switchFlag, textFlag } from '@ds01/command-line';
import type { RouteInput } from '@ds01/contracts';
import { ds01Error } from '@ds01/contracts/core';
import type { CommandContext } from './context.ts';
import { dataMountsOf } from './data-mounts.ts';
import { readVariables } from './env-file.ts';
import { gpuRequestOf } from './gpu-request.ts';
import { publishedPortsOf } from './published-ports.ts';
import { readWait } from './queue/read-wait.ts';
import { resourcesOf } from './resource-flags.ts';
import { readSecretFiles } from './secret-files.ts';

/**
 * The deploy input of a command line; relative folders are the caller's, and files of variables and
 * secrets are read here, as the caller. Fails with `usage.invalid`, `env-file.invalid` and `file.*`.
 */
export async function deployInputOf(
  context: CommandContext,
  start: boolean,
): Promise<RouteInput<'containers.deploy'>> {
  const { flags, operands, trailing } = context;
  const workspace = textFlag(flags, 'workspace');
  if (trailing !== null && trailing.length === 0) {
    throw ds01Error('usage.invalid', {
      message: 'There is no command after --.',
      hint: 'ds01 container deploy thesis -- python train.py',
    });
  }
  // What can be told from the words alone is refused before any file is read.
  const asked = {
    gpu: gpuRequestOf(flags),
    data: [...dataMountsOf(listFlag(flags, 'data'), process.cwd())],
    ports: [...publishedPortsOf(listFlag(flags, 'publish'))],
    ...resourcesOf(flags),
    wait: readWait(flags),
  };
  const env = await readVariables({
    files: listFlag(flags, 'envFile'),
    pairs: listFlag(flags, 'env'),
    own: process.env,
  });
  const secrets = await readSecretFiles(listFlag(flags, 'secret'));
  return {
    ...asked,
    name: operands[0] ?? null,
    ...imageOf(context),
    project: textFlag(flags, 'project'),
    workspace: workspace === null || workspace === '' ? workspace : resolve(workspace),
    env: { ...env },
    secrets: [...secrets],
    command: trailing === null ? null : [...trailing],
    start,
    replace: switchFlag(flags, 'replace'),
    untilReserved: switchFlag(flags, 'untilReserved'),
  };
}

/** What the predecessor took for a framework where an image stands. */
const frameworkWords: readonly string[] = ['pytorch', 'torch', 'tensorflow', 'tf', 'jax'];

function imageOf({
  flags,
  operands,
}: Pick<CommandContext, 'flags' | 'operands'>): Pick<
  RouteInput<'containers.deploy'>,
  'image' | 'framework'
> {
  const [image, framework] = [textFlag(flags, 'image'), textFlag(flags, 'framework')];
  const word = operands[1];
  if (word === undefined) return { image, framework };
  if (image !== null || framework !== null) {
    throw ds01Error('usage.invalid', {
      message: `${JSON.stringify(word)} is one image, and ${image === null ? '--framework' : '--image'} names another.`,
      hint: 'ds01 container deploy thesis --image ds01/busybox',
    });
  }
  return frameworkWords.includes(word.toLowerCase())
    ? { image: null, framework: word }
    : { image: word, framework: null };
}
