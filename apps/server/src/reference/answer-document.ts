import { createHash } from 'node:crypto';
import { documentPaths, openApiDocument } from '@ds01/contracts/openapi';
import type { Hono } from 'hono';
import type { AppDependencies, Bindings } from '../answers/app-dependencies.ts';
import { headersOf } from '../answers/respond.ts';
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
  const answer = async (what: keyof Made, headers: Readonly<Record<string, string>>) => {
    made ??= make();
    const running = deps.requests.begin();
    running.end();
    return new Response((await made)[what], {
      headers: {
        ...headersOf(deps.version, running.id),
        'x-content-type-options': 'nosniff',
        ...headers,
      },
    });
  };
  app.get(documentPaths.document, () => answer('document', { 'content-type': 'application/json' }));
  app.get(documentPaths.reference, () =>
    answer('reference', {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': pagePolicy,
      'referrer-policy': 'no-referrer',
    }),
  );
}
