import type { Ds01Error } from '@ds01/contracts';
import { ds01Error, errorOfProblem, progressMediaType } from '@ds01/contracts/core';
import { isFine, type Answer } from './answer.ts';
import { linesOf } from './lines.ts';
import { loadSchemas } from './load-schemas.ts';

/** Longest error document that is looked at. */
const maxErrorBytes = 1_048_576;

/**
 * The document of an answer, progress being passed on. Throws the daemon's error,
 * `daemon.unreachable` for an answer that ends before its result, and `internal.unexpected` for one
 * that is no JSON.
 */
export async function readDocument(
  answer: Answer,
  onProgress: ((line: string) => void) | undefined,
): Promise<unknown> {
  if (!isFine(answer)) throw await readError(answer);
  const type = answer.header('content-type') ?? '';
  if (!type.startsWith(progressMediaType)) return parseDocument(await readText(answer));
  const { progressLineSchema } = await loadSchemas();
  for await (const line of linesOf(answer.body)) {
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

/** The error that an answer stands for. */
export async function readError(answer: Answer): Promise<Ds01Error> {
  const [text, { problemSchema }] = await Promise.all([
    readText(answer, maxErrorBytes),
    loadSchemas(),
  ]);
  const problem = problemSchema.safeParse(parsedOrNull(text));
  if (problem.success) return errorOfProblem(problem.data);
  return ds01Error('internal.unexpected', {
    message: `The daemon answered with status ${answer.status} and no explanation.`,
    hint: 'ask an administrator to look at: journalctl -u ds01d',
  });
}

/** The error for an answer that is not what its route gives. */
export function notUnderstood(why: string): Ds01Error {
  return ds01Error('internal.unexpected', {
    message: `The answer was not understood: ${why}.`,
    hint: 'ds01 version',
  });
}

/** What a schema makes of data. */
export type SafeRead<T> =
  | { readonly success: true; readonly data: T }
  | { readonly success: false; readonly error: Error };

/** The data of an answer. Fails with `internal.unexpected` where it is something else. */
export function understood<T>(read: SafeRead<T>): T {
  if (read.success) return read.data;
  throw notUnderstood(read.error.message.replaceAll(/\s+/g, ' '));
}

async function readText({ body }: Answer, limit = Number.MAX_SAFE_INTEGER): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let length = 0;
  for await (const bytes of body) {
    length += bytes.length;
    if (length > limit) break;
    text += decoder.decode(bytes, { stream: true });
  }
  return text + decoder.decode();
}

function parseDocument(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw notUnderstood(`${JSON.stringify(text.slice(0, 80))} is no JSON`);
  }
}

/** What a text says as JSON; `null` where it says nothing. */
export function parsedOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
