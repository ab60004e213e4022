import { createHash } from 'node:crypto';
import { documentPaths, openApiDocument } from '@ds01/contracts/openapi';
import type { Hono } from 'hono';
import type { AppDependencies, Bindings, HonoContext } from '../answers/app-dependencies.ts';
import { greet } from '../answers/greet.ts';
import { headersOf, problemResponse } from '../answers/respond.ts';
import { problemFor } from '../problem-response.ts';
import { referencePage } from './page.ts';
import { style } from './style.ts';

const styleHash = createHash('sha256').update(style).digest('base64');

/** Nothing but its own style: no scripts, no frames, no forms, nothing from elsewhere. */
const pagePolicy = [
  "default-src 'none'",
  `style-src 'sha256-${styleHash}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

type Made = Readonly<Record<'document' | 'reference', string>>;

/** The OpenAPI document, and the same as a page; both are for anybody, and made once. */
export function serveDocument(app: Hono<Bindings>, deps: AppDependencies): void {
  let made: Promise<Made> | null = null;
  const make = async (): Promise<Made> => {
    const document = openApiDocument({ version: deps.version });
    return { document: JSON.stringify(document), reference: await referencePage(document) };
  };
  const answer = async (
    context: HonoContext,
    what: keyof Made,
    more: Readonly<Record<string, string>>,
  ) => {
    const running = deps.requests.begin();
    running.end();
    const headers = headersOf(deps.version, running.id);
    try {
      await greet(deps, context);
      made ??= make();
      return new Response((await made)[what], {
        headers: { ...headers, 'x-content-type-options': 'nosniff', ...more },
      });
    } catch (error) {
      return problemResponse(problemFor(error, running.id, deps.log), headers);
    }
  };
  app.get(documentPaths.document, (context) =>
    answer(context, 'document', { 'content-type': 'application/json' }),
  );
  // People type the slash, and proxies add it.
  for (const path of [documentPaths.reference, `${documentPaths.reference}/`]) {
    app.get(path, (context) =>
      answer(context, 'reference', {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': pagePolicy,
        'referrer-policy': 'no-referrer',
      }),
    );
  }
}
