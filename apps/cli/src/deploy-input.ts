import { resolve } from 'node:path';
import { listFlag, textFlag } from '@ds01/command-line';
import type { RouteInput } from '@ds01/contracts';
import { ds01Error } from '@ds01/contracts/core';
import type { CommandContext } from './context.ts';
import { gpuRequestOf } from './gpu-request.ts';

/** The deploy input of a command line; relative folders are the caller's. */
export function deployInputOf(
  context: CommandContext,
  start: boolean,
): RouteInput<'containers.deploy'> {
  const { flags, operands, trailing } = context;
  const workspace = textFlag(flags, 'workspace');
  if (trailing !== null && trailing.length === 0) {
    throw ds01Error('usage.invalid', {
      message: 'There is no command after --.',
      hint: 'ds01 container deploy thesis -- python train.py',
    });
  }
  return {
    name: operands[0] ?? null,
    image: textFlag(flags, 'image'),
    project: textFlag(flags, 'project'),
    workspace: workspace === null || workspace === '' ? workspace : resolve(workspace),
    gpu: gpuRequestOf(flags),
    env: { ...envOf(listFlag(flags, 'env')) },
    command: trailing === null ? null : [...trailing],
    start,
  };
}

/** `NAME=value` pairs as a record; `NAME` alone takes the caller's value. */
export function envOf(pairs: readonly string[]): Readonly<Record<string, string>> {
  const env: Record<string, string> = {};
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    const name = at === -1 ? pair : pair.slice(0, at);
    const value = at === -1 ? process.env[name] : pair.slice(at + 1);
    if (value !== undefined) env[name] = value;
  }
  return env;
}
