import { wireHeaders } from '@ds01/contracts/core';
import type { Answer, WireRequest } from './answer.ts';
import type { CallerOptions } from './options.ts';

/** The headers of a request: its own, who calls and for whom, and what its body is. */
export function requestHeaders(
  { version, actFor = null }: CallerOptions,
  { headers, body }: WireRequest,
): Readonly<Record<string, string>> {
  return {
    ...(typeof body === 'string' ? { 'content-type': 'application/json' } : {}),
    ...headers,
    ...(version === undefined ? {} : { [wireHeaders.clientVersion]: version }),
    ...(actFor === null ? {} : { [wireHeaders.actFor]: encodeURIComponent(actFor) }),
  };
}

/** Looks at each answer, and tells once of a daemon of another version, and of a token that ends soon. */
export function createAnswerWatch({ version, onVersion, onTokenExpiry }: CallerOptions) {
  let told = false;
  let toldEnd: string | null = null;
  return (answer: Answer): Answer => {
    const end = answer.header(wireHeaders.tokenExpires);
    if (end !== null && end !== toldEnd && !Number.isNaN(Date.parse(end))) {
      toldEnd = end;
      onTokenExpiry?.(new Date(end));
    }
    const theirs = answer.header(wireHeaders.serverVersion);
    if (!told && version !== undefined && theirs !== null && theirs !== version) {
      told = true;
      onVersion?.(theirs);
    }
    return answer;
  };
}
