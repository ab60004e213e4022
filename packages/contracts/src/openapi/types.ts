/** A JSON Schema (2020-12), or a `$ref` to one. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** A body of one media type. */
export interface MediaType {
  readonly schema: JsonSchema;
  readonly example?: unknown;
  /** Schema of the JSON of one line (NDJSON) or of one event's data (SSE). */
  readonly 'x-ds01-line'?: JsonSchema;
}

/** A parameter of the path, the query or the headers. */
export interface OpenApiParameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly description?: string;
  readonly required?: boolean;
  readonly schema: JsonSchema;
}

/** Points to what stands in the components. */
export interface Reference {
  readonly $ref: string;
}

/** What an operation answers with one status. */
export interface OpenApiResponse {
  readonly description: string;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly content?: Readonly<Record<string, MediaType>>;
  /** Codes of problems that this operation may answer with this status, as far as they are known. */
  readonly 'x-ds01-codes'?: readonly string[];
}

/** One method of one path. */
export interface OpenApiOperation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly 'x-ds01-kind': string;
  readonly 'x-ds01-role': string;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters: readonly (OpenApiParameter | Reference)[];
  readonly requestBody?: {
    readonly required: boolean;
    readonly content: Readonly<Record<string, MediaType>>;
  };
  readonly responses: Readonly<Record<string, OpenApiResponse | Reference>>;
}

/** The document of the HTTP API, OpenAPI 3.1. */
export interface OpenApiDocument {
  readonly openapi: '3.1.1';
  readonly info: Readonly<Record<string, unknown>> & { readonly version: string };
  readonly servers: readonly unknown[];
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>;
  readonly components: {
    readonly securitySchemes: Readonly<Record<string, unknown>>;
    readonly parameters: Readonly<Record<string, OpenApiParameter>>;
    readonly responses: Readonly<Record<string, OpenApiResponse>>;
    readonly schemas: Readonly<Record<string, JsonSchema>>;
  };
}
