import type { IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import type { Ds01Error } from '@ds01/contracts';
import { ds01Error, errorOfProblem, progressMediaType } from '@ds01/contracts/core';
import { loadSchemas } from './load-schemas.ts';

/** Longest error document that is looked at. */
const maxErrorBytes = 1_048_576;

/**
 * The document of an answer, progress being passed on. Throws the daemon's error, and
 * `daemon.unreachable` for an answer that ends before its result.
 */
export async function readDocument(
  response: IncomingMessage,
  onProgress: ((line: string) => void) | undefined,
): Promise<unknown> {
  if (!isFine(response)) throw await readError(response);
  const type = response.headers['content-type'] ?? '';
  if (!type.startsWith(progressMediaType)) return JSON.parse(await readText(response));
  const { progressLineSchema } = await loadSchemas();
  for await (const line of createInterface({ input: response, crlfDelay: Infinity })) {
    // A line that was cut off is the end, too.
    const read = progressLineSchema.safeParse(parsedOrNull(line)).data;
    if (read === undefined) break;
    if ('error' in read) throw errorOfProblem(read.error);
    if ('result' in read) return read.result;
    onProgress?.(read.progress);
  }
  throw ds01Error('daemon.unreachable', {
    message: 'The connection to the DS01 daemon was lost before it was done.',
    hint: 'ds01 container list --all',
  });
}

/** True for an answer that is no error. */
export function isFine({ statusCode = 0 }: IncomingMessage): boolean {
  return statusCode >= 200 && statusCode < 300;
}

/** The error that an answer stands for. */
export async function readError(response: IncomingMessage): Promise<Ds01Error> {
  const [text, { problemSchema }] = await Promise.all([
    readText(response, maxErrorBytes),
    loadSchemas(),
  ]);
  const problem = problemSchema.safeParse(parsedOrNull(text));
  if (problem.success) return errorOfProblem(problem.data);
  return ds01Error('internal.unexpected', {
    message: `The daemon answered with status ${response.statusCode ?? 0} and no explanation.`,
    hint: 'ask an administrator to look at: journalctl -u ds01d',
  });
}

async function readText(response: IncomingMessage, limit = Number.MAX_SAFE_INTEGER) {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response) {
    const bytes = chunk as Buffer;
    length += bytes.length;
    if (length > limit) break;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parsedOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
