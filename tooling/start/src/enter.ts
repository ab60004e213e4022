import { existsSync } from 'node:fs';
import type { Door } from './doors.ts';

/** Replaces this process by somebody's shell or command: terminal, signals and exit code are its own. */
export function enter(
  door: Door,
  visit: {
    readonly person: string;
    readonly command: readonly string[];
    /** TERM of this terminal. */
    readonly terminal: string | undefined;
  },
): void {
  const { person, command, terminal } = visit;
  const words = command.length > 0 ? command : shellOf(person);
  // Node ignores these two, and what is ignored stays so across an exec.
  const reset = ['env', '--default-signal=PIPE,XFSZ'];
  process.execve?.('/usr/bin/env', [...reset, door.file, ...door.arguments, ...words], {
    ...door.environment,
    ...(terminal === undefined ? {} : { TERM: terminal }),
  });
}

function shellOf(person: string): readonly string[] {
  const prompt = `PS1=${person}:\\w$ `;
  if (existsSync('/bin/bash')) return [prompt, '/bin/bash', '--noprofile', '--norc'];
  return [`PS1=${person}$ `, '/bin/sh'];
}
