import { ds01Error, type Ds01Error, type ErrorDetails } from '@ds01/contracts';

/** A `gpu.probe-failed` error; `what` is a sentence, `details` are the values that explain it. */
export function probeFailure(what: string, details: ErrorDetails = {}, cause?: unknown): Ds01Error {
  return ds01Error('gpu.probe-failed', { message: what, hint: 'ds01 doctor', details, cause });
}

/** The first line with text in it, cut to 200 characters and without control characters. */
export function firstLine(text: string): string | null {
  for (const line of text.split('\n')) {
    const clean = line.replace(/[\u0000-\u001f\u007f]/gu, ' ').trim();
    if (clean !== '') return clean.slice(0, 200);
  }
  return null;
}
