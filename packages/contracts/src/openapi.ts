// The HTTP API as an OpenAPI document.
export { documentPaths, openApiDocument } from './openapi/document.ts';
export type {
  JsonSchema,
  MediaType,
  OpenApiDocument,
  OpenApiOperation,
  OpenApiParameter,
  OpenApiResponse,
  Reference,
} from './openapi/types.ts';
