import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { textFlag, type FlagValues } from '@ds01/command-line';
import { ds01Error } from '@ds01/contracts/core';
import { readBoundedFile } from '../read-bounded-file.ts';

/** A secret is 48 characters; whatever is far longer is something else. */
const maxBytes = 4096;

/**
 * The secret of a token: from `--token-file`, else typed without being shown, else from the input. It
 * never stands on a command line, which everybody on the machine can read. Fails with `usage.invalid`.
 */
export async function readSecret(
  flags: FlagValues,
  given: { readonly interactive: boolean; readonly signal: AbortSignal },
): Promise<string> {
  const file = textFlag(flags, 'tokenFile');
  const text =
    file !== null && file !== '-'
      ? await fromFile(file)
      : file === null && given.interactive
        ? await typed(given.signal)
        : await fromInput();
  const secret = text.trim();
  if (/^ds01_[A-Za-z0-9_-]{43}$/.test(secret)) return secret;
  throw ds01Error('token.invalid', {
    message: 'This is not the secret of a token, which begins with ds01_ and has 48 characters.',
    hint: 'log in on the server itself and run: ds01 token create NAME',
  });
}

async function fromFile(path: string): Promise<string> {
  const bytes = await readBoundedFile(path, { maxBytes, flag: '--token-file' });
  return new TextDecoder().decode(bytes);
}

async function fromInput(): Promise<string> {
  let text = '';
  const chunks: AsyncIterable<Buffer> = process.stdin;
  for await (const chunk of chunks) {
    text += chunk.toString('utf8');
    if (text.length > maxBytes) break;
  }
  return text;
}

/** What is typed isn't shown, as with passwords. */
async function typed(signal: AbortSignal): Promise<string> {
  process.stderr.write('Secret of the token (ds01_…): ');
  const unseen = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: unseen, terminal: true });
  try {
    return await terminal.question('', { signal });
  } finally {
    terminal.close();
    process.stderr.write('\n');
  }
}
