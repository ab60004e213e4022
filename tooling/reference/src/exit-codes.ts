import type { exitCodes } from '@ds01/contracts';

/** What each exit code tells the person who typed the command. */
export const exitCodeTexts: Readonly<Record<keyof typeof exitCodes, string>> = {
  ok: 'done',
  usage: 'the command was not understood',
  notFound: 'no such container, image, user or folder',
  conflict: 'not possible in this state: it exists, it does not run, the limits files are broken',
  capacity: 'no free GPU, or a limit is reached',
  unreachable: 'Docker, the GPUs or the DS01 daemon do not answer',
  denied: 'not allowed',
  timeout: 'it took too long',
  interrupted: 'interrupted with Ctrl-C; what was half done has been undone',
  internal: 'something failed that DS01 did not expect, or a disk is full',
};

/** Every category, in the order in which people meet them. */
export const categories = [
  'ok',
  'usage',
  'notFound',
  'conflict',
  'capacity',
  'unreachable',
  'denied',
  'timeout',
  'interrupted',
  'internal',
] as const satisfies readonly (keyof typeof exitCodes)[];
