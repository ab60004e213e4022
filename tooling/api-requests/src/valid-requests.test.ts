import { routes, type RouteId } from '@ds01/contracts';
import { openApiDocument } from '@ds01/contracts/openapi';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { inputIn, operationsIn, validRequests } from './valid-requests.ts';

const document = openApiDocument({ version: '1.0.0' });

test('what the document allows is what the routes take', () => {
  for (const placed of operationsIn(document)) {
    const { input } = routes[placed.operation.operationId as RouteId];
    fc.assert(
      fc.property(validRequests(document, placed, {}), (request) => {
        const parsed = input.safeParse(inputIn(request));
        expect(
          parsed.success ? '' : `${request.operationId} ${z.prettifyError(parsed.error)}`,
        ).toBe('');
      }),
      { numRuns: 25 },
    );
  }
});
