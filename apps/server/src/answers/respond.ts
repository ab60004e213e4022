import { wireHeaders, type Problem } from '@ds01/contracts';
import { headersOfProblem } from '../problem-response.ts';

/** Headers that every answer has; `requestId` is empty where no request was begun. */
export function headersOf(version: string, requestId: string): Readonly<Record<string, string>> {
  const always = { [wireHeaders.serverVersion]: version, 'cache-control': 'no-store' };
  return requestId === '' ? always : { ...always, [wireHeaders.requestId]: requestId };
}

/** An error as an answer. */
export function problemResponse(
  problem: Problem,
  headers: Readonly<Record<string, string>>,
): Response {
  return new Response(JSON.stringify(problem), {
    status: problem.status,
    headers: { ...headers, ...headersOfProblem(problem) },
  });
}

/** A document as an answer. `Response.json` would copy the headers twice, which takes longer than the rest. */
export function jsonResponse(
  document: unknown,
  options: { readonly status: number; readonly headers: Readonly<Record<string, string>> },
): Response {
  const headers = { ...options.headers, 'content-type': 'application/json' };
  return new Response(JSON.stringify(document), { status: options.status, headers });
}
