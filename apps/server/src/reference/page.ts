import type {
  JsonSchema,
  OpenApiDocument,
  OpenApiOperation,
  OpenApiParameter,
  OpenApiResponse,
} from '@ds01/contracts/openapi';
import { html as markup, raw } from 'hono/html';
import { schemaText, type Markup } from './schema-text.ts';
import { style } from './style.ts';

/** The document as one page to be read by people: no scripts, nothing from anywhere else. */
export async function referencePage(document: OpenApiDocument): Promise<string> {
  const { info, tags } = document;
  const page = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>DS01 HTTP API ${info.version}</title>
<style>${raw(style)}</style>
</head>
<body>
<header>
<h1>DS01 HTTP API <small>${info.version}</small></h1>
<p>${text(String(info['description']))}</p>
<p>The same as <a href="/openapi.json">OpenAPI 3.1</a>, for programs.</p>
</header>
<nav>${tags.map(({ name }) => markup`<a href="#tag-${name}">${name}</a> `)}<a href="#schemas">schemas</a></nav>
<main>
${tags.map((tag) => tagSection(document, tag))}
<h2 id="schemas">schemas</h2>
${Object.entries(document.components.schemas).map(([name, schema]) => namedSchema(name, schema))}
</main>
</body>
</html>
`;
  return String(await page);
}

interface Placed {
  readonly path: string;
  readonly method: string;
  readonly operation: OpenApiOperation;
}

function tagSection(document: OpenApiDocument, tag: OpenApiDocument['tags'][number]): Markup {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, { tags }]) => tags.includes(tag.name))
      .map(([method, operation]): Placed => ({ path, method, operation })),
  );
  return markup`<h2 id="tag-${tag.name}">${tag.name}</h2>
    <p>${tag.description}</p>
    ${operations.map((placed) => operationSection(document, placed))}`;
}

function operationSection(document: OpenApiDocument, { path, method, operation }: Placed): Markup {
  const { operationId, summary, description, requestBody } = operation;
  const parameters = operation.parameters.map((one) =>
    'name' in one ? one : pointed(document.components.parameters, one.$ref),
  );
  return markup`<details id="${operationId}">
    <summary>
      <b class="${method}">${method.toUpperCase()}</b> <code>${path}</code> ${summary}
    </summary>
    <p>${text(description ?? '')}</p>
    <p><code>${operationId}</code>, ${who(operation)}</p>
    ${parameters.length === 0 ? '' : parameterTable(parameters)}
    ${Object.entries(requestBody?.content ?? {}).map(([type, { schema }]) => bodyOf(type, schema))}
    <h4>Answers</h4>
    <dl>
      ${Object.entries(operation.responses).map(([status, response]) =>
        answerOf(
          status,
          '$ref' in response ? pointed(document.components.responses, response.$ref) : response,
        ),
      )}
    </dl>
  </details>`;
}

function who({ security, 'x-ds01-role': role }: OpenApiOperation): string {
  if (role === 'public') return 'for anybody';
  const scopes = security.flatMap(({ bearer = [] }) => bearer).join(', ');
  const onNetwork = scopes === '' ? 'on the socket alone' : `on TCP a token with scope ${scopes}`;
  return `${role === 'admin' ? 'for administrators' : 'for everybody'}; ${onNetwork}`;
}

function parameterTable(parameters: readonly OpenApiParameter[]): Markup {
  const rows = parameters.map(
    ({ name, in: place, required = false, schema, description = '' }) =>
      markup`<tr>
        <td><code>${name}</code></td>
        <td>${place}${required ? ', required' : ''}</td>
        <td><code>${schemaText(schema)}</code></td>
        <td>${text(description)}</td>
      </tr>`,
  );
  return markup`<table>
    <tr>
      <th>parameter</th>
      <th>in</th>
      <th>type</th>
      <th></th>
    </tr>
    ${rows}
  </table>`;
}

function bodyOf(type: string, schema: JsonSchema): Markup {
  return markup`<h4>Body, <code>${type}</code></h4><pre>${schemaText(schema)}</pre>`;
}

function answerOf(status: string, response: OpenApiResponse): Markup {
  const codes = response['x-ds01-codes'] ?? [];
  const bodies = Object.entries(response.content ?? {}).map(
    ([type, media]) =>
      markup`<div>
        <code>${type}</code> ${
          media['x-ds01-line'] === undefined
            ? schemaText(media.schema)
            : markup`each record: ${schemaText(media['x-ds01-line'])}`
        }
      </div>`,
  );
  return markup`<dt>${status}</dt>
    <dd>
      ${text(response.description)}
      ${codes.length === 0 ? bodies : markup`<code>${codes.join(' ')}</code>`}
    </dd>`;
}

function namedSchema(name: string, schema: JsonSchema): Markup {
  return markup`<details id="schema-${name}"><summary><code>${name}</code></summary>
<pre>${schemaText(schema)}</pre></details>
`;
}

/** Text with `code` in it. */
function text(source: string): Markup {
  const pieces = source.split('`');
  return markup`${pieces.map((piece, index) => (index % 2 === 0 ? piece : markup`<code>${piece}</code>`))}`;
}

function pointed<T>(among: Readonly<Record<string, T>>, reference: string): T {
  const found = among[reference.split('/').at(-1) ?? ''];
  if (found === undefined) throw new Error(`the document has no ${reference}`);
  return found;
}
