import { spawn } from 'node:child_process';
import type { Person } from '../person/person.ts';
import type { HelperRequest } from './credentials.ts';

/** A helper that asks for a fingerprint or a network is given this long. */
const timeoutMs = 10_000;
const maxBytes = 65_536;

/**
 * What `docker-credential-X get` prints, run as the person: with their own environment when it is
 * this process's account, with nothing but HOME when root acts for them. `null` when it fails, isn't
 * there, or takes longer than 10 s.
 */
export async function runHelper(
  { account }: Person,
  { program, address, signal }: HelperRequest,
): Promise<string | null> {
  if (account === null) return runOwn({ program, address, signal });
  const { outputOfProgram } = await import('@ds01/as-user');
  try {
    const output = await outputOfProgram({
      account,
      program,
      parameters: ['get'],
      input: address,
      maxBytes,
      timeoutMs,
      signal,
    });
    return output.toString('utf8');
  } catch {
    signal.throwIfAborted();
    return null;
  }
}

function runOwn({ program, address, signal }: HelperRequest): Promise<string | null> {
  const { promise, resolve } = Promise.withResolvers<string | null>();
  const child = spawn(program, ['get'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    killSignal: 'SIGKILL',
    signal,
  });
  const answer = (text: string | null): void => {
    clearTimeout(timer);
    resolve(text);
    // What it started may hold the pipe open for ever.
    child.stdout.destroy();
    child.kill('SIGKILL');
  };
  const timer = setTimeout(() => answer(null), timeoutMs);
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
    if (text.length > maxBytes) answer(null);
  });
  // It may end without reading what it is asked.
  child.stdin.on('error', () => undefined);
  child.on('error', () => answer(null));
  child.on('close', (status) => answer(status === 0 ? text : null));
  child.stdin.end(address);
  return promise;
}
