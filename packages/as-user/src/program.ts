import type { Buffer } from 'node:buffer';
import type { HostAccount } from '@ds01/ports';
import { endChild, outputOf, startScript, type WaitOptions } from './child.ts';

/** A program to run as a person. */
export interface ProgramOfPerson extends WaitOptions {
  readonly account: HostAccount;
  /** Its name, looked up in the system's folders, or its absolute path. */
  readonly program: string;
  readonly parameters: readonly string[];
  /** What it reads from its standard input. */
  readonly input: string;
  /** It is ended when it prints more. */
  readonly maxBytes: number;
}

/** `$1` is the home, the rest the command. */
const script = `
HOME=$1
export HOME
shift
cd -- "$HOME" 2>/dev/null || cd /
exec "$@"
`;

/**
 * What a program prints that runs with a person's rights and HOME, and with nothing of this process's
 * environment. Fails with `operation.timed-out`, `operation.interrupted`, and `internal.unexpected`
 * when it isn't there or ends in failure; what it printed is in no message, its errors are.
 */
export async function outputOfProgram(request: ProgramOfPerson): Promise<Buffer> {
  const { account, program, parameters, input, maxBytes } = request;
  const child = startScript(account, {
    text: script,
    parameters: [account.home, program, ...parameters],
  });
  try {
    child.stdin?.end(input);
    const isTooMuch = (output: Buffer): boolean => output.length > maxBytes;
    return await outputOf(child, isTooMuch, { ...request, subject: program });
  } finally {
    endChild(child);
  }
}
