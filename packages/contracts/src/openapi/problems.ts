import { errorTable, type ErrorCode } from '../errors.ts';
import { problemSchema } from '../problem.ts';
import type { RouteId } from '../routes/heads.ts';
import type { RouteHead } from '../routes/route.ts';
import { codesOf, codesWithStatus, commonCodes, problemStatuses } from './route-errors.ts';
import type { Schemas } from './schemas.ts';
import type { OpenApiResponse, Reference } from './types.ts';

/** Media type of errors (RFC 9457). */
const problemMediaType = 'application/problem+json';

type Responses = Readonly<Record<string, OpenApiResponse | Reference>>;

/** Problems of one operation by status; what nearly every operation has is referred to. */
export function problemsOf(
  id: RouteId,
  head: RouteHead,
  options: { readonly isPaged: boolean },
): Responses {
  const common = byStatus(commonCodes);
  const responses = [...byStatus(codesOf(id, head, options))]
    // Not being ready is an answer of its own.
    .filter(([status]) => id !== 'daemon.ready' || status !== 503)
    .map(([status, codes]): [string, OpenApiResponse | Reference] => {
      const isCommon = String(common.get(status)) === String(codes);
      return [String(status), isCommon ? referenceTo(status) : problemResponse(status, codes)];
    });
  return { ...Object.fromEntries(responses), default: referenceTo('') };
}

/** Problems of who asks for no operation: a peer that nobody may be, and a flood. */
export const problemsOfNothing: Responses = {
  '403': referenceTo(403),
  '429': referenceTo(429),
  default: referenceTo(''),
};

/** The problems that nearly every operation has, and any other. */
export function sharedResponses(): Readonly<Record<string, OpenApiResponse>> {
  const shared = [...byStatus(commonCodes)].map(
    ([status, codes]) => [`Problem${status}`, problemResponse(status, codes)] as const,
  );
  const any: OpenApiResponse = {
    description: 'Any other problem.',
    content: { [problemMediaType]: { schema: { $ref: '#/components/schemas/Problem' } } },
  };
  return { Problem: any, ...Object.fromEntries(shared) };
}

/** `Problem409` and the like: the problem with its status, and the codes that stand for it. */
export function nameProblems(schemas: Schemas): void {
  const problem = schemas.of(problemSchema, 'output');
  for (const status of problemStatuses) {
    schemas.named(`Problem${status}`, {
      allOf: [
        problem,
        {
          type: 'object',
          properties: {
            status: { const: status },
            // Codes are added over time; those of today are told.
            code: { anyOf: [{ enum: codesWithStatus(status) }, { type: 'string' }] },
          },
        },
      ],
    });
  }
}

function byStatus(codes: readonly ErrorCode[]): ReadonlyMap<number, readonly ErrorCode[]> {
  return Map.groupBy(codes, (code) => errorTable[code].httpStatus);
}

function referenceTo(status: number | ''): Reference {
  return { $ref: `#/components/responses/Problem${status}` };
}

function problemResponse(status: number, codes: readonly string[]): OpenApiResponse {
  return {
    description: meanings[status] ?? 'A problem.',
    ...(status === 429 ? { headers: retryAfter } : {}),
    content: { [problemMediaType]: { schema: { $ref: `#/components/schemas/Problem${status}` } } },
    'x-ds01-codes': codes,
  };
}

const meanings: Readonly<Record<number, string>> = {
  400: 'The request was not understood.',
  401: 'The token is missing or not valid.',
  403: 'The caller may not do this.',
  404: 'It is not there, or not the caller’s.',
  409: 'It does not go with how things are now.',
  413: 'What was sent is too large.',
  415: 'The body is of another type than is taken here.',
  422: 'The `Idempotency-Key` was used for another request.',
  426: 'The route is a session and needs an upgrade.',
  429: 'A limit is reached, or nothing is free.',
  499: 'It was interrupted, and undone.',
  500: 'Something failed that was not expected.',
  502: 'The engine or a registry failed.',
  503: 'Something that is needed does not answer.',
  504: 'It took too long.',
  507: 'A disk is full.',
};

const retryAfter = {
  'Retry-After': {
    description: 'Seconds after which to try again, where that is known.',
    schema: { type: 'integer', minimum: 0 },
  },
};
