import { startProgramOf, type RunningProgram } from '@ds01/as-user';
import { problemSchema } from '@ds01/contracts';
import { ds01Error, errorOfProblem, problemOf, toDs01Error } from '@ds01/contracts/core';
import type { HostAccount } from '@ds01/ports';
import { z } from 'zod';
import { archiveOf } from './context-archive.ts';
import { selectFromFolder, type ContextRequest } from './context-select.ts';
import type { OpenedContext } from './context.ts';

/** Word by which `main` knows that it is to send a context. */
const contextWord = '__context';

const requestSchema = z.strictObject({
  folder: z.string(),
  sources: z.array(z.string()).nullable(),
  maxBytes: z.number(),
});
const largeFileSchema = z.object({ path: z.string(), bytes: z.number() });
/** The first line of what is sent; the archive follows. */
const headSchema = z.union([
  z.object({ problem: problemSchema }),
  z.object({
    totalBytes: z.number(),
    largeFiles: z.array(largeFileSchema),
    hasDockerignore: z.boolean(),
    leftOut: z.array(z.string()),
    problems: z.array(z.string()),
  }),
]);
const maxHeadBytes = 16 * 1024 ** 2;

/** How this program was started. */
function ownCommand(): readonly string[] {
  return [process.execPath, ...process.execArgv, process.argv[1] ?? ''];
}

/** `openContext` as another person, by a process of theirs that runs this program (root only). */
export async function openContextOf(
  account: HostAccount,
  request: ContextRequest,
  options: { readonly signal?: AbortSignal | undefined; readonly command?: readonly string[] } = {},
): Promise<OpenedContext> {
  const { signal, command = ownCommand() } = options;
  const program = startProgramOf(account, [...command, contextWord]);
  signal?.addEventListener('abort', () => program.end(), { once: true });
  program.stdin.end(JSON.stringify(request));
  const chunks = program.stdout[Symbol.asyncIterator]();
  const { line, rest } = await firstLine(chunks, program);
  const head = headSchema.parse(JSON.parse(line));
  if ('problem' in head) {
    program.end();
    throw errorOfProblem(head.problem);
  }
  return {
    selection: { ...head, paths: [] },
    archive: restOf(program, rest, chunks),
    close: () => program.end(),
  };
}

async function* restOf(
  program: RunningProgram,
  rest: Uint8Array,
  chunks: AsyncIterator<unknown>,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield rest;
    for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) {
      if (next.value instanceof Uint8Array) yield next.value;
    }
    const { exitCode, errors } = await program.ended;
    if (exitCode !== 0) throw failureOf(errors);
  } finally {
    program.end();
  }
}

async function firstLine(
  chunks: AsyncIterator<unknown>,
  program: RunningProgram,
): Promise<{ readonly line: string; readonly rest: Uint8Array }> {
  const got: Uint8Array[] = [];
  let size = 0;
  for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) {
    if (!(next.value instanceof Uint8Array)) continue;
    const at = next.value.indexOf(0x0a);
    got.push(at === -1 ? next.value : next.value.subarray(0, at));
    if (at !== -1) {
      return { line: Buffer.concat(got).toString('utf8'), rest: next.value.subarray(at + 1) };
    }
    size += next.value.length;
    if (size > maxHeadBytes) break;
  }
  program.end();
  throw failureOf((await program.ended).errors);
}

/** The problem that a process of the person's printed last. */
function failureOf(errors: string) {
  const line = errors.split('\n').findLast((text) => text.startsWith('{'));
  try {
    return errorOfProblem(problemSchema.parse(JSON.parse(line ?? '')));
  } catch {
    return ds01Error('build.context-invalid', {
      message: `The context could not be read as its owner: ${errors.slice(0, 400) || 'no reason'}`,
      hint: 'ds01 doctor',
    });
  }
}

/** Answers {@link openContextOf}: the request on stdin, head and archive on stdout. */
export async function sendContext(): Promise<void> {
  const { stdin, stdout, stderr } = process;
  const chunks: Uint8Array[] = [];
  for await (const chunk of stdin) if (chunk instanceof Uint8Array) chunks.push(chunk);
  const write = async (bytes: string | Uint8Array): Promise<void> => {
    if (!stdout.write(bytes)) await new Promise((resolve) => stdout.once('drain', resolve));
  };
  try {
    const request = requestSchema.parse(JSON.parse(Buffer.concat(chunks).toString('utf8')));
    const { paths, ...head } = await selectFromFolder(request).catch(async (error: unknown) => {
      await write(`${JSON.stringify({ problem: problemOf(toDs01Error(error)) })}\n`);
      throw error;
    });
    await write(`${JSON.stringify(head)}\n`);
    for await (const chunk of archiveOf(request.folder, paths)) await write(chunk);
  } catch (error) {
    stderr.write(`${JSON.stringify(problemOf(toDs01Error(error)))}\n`);
    process.exitCode = 1;
  }
}
