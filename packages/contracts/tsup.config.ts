import library from '../../tooling/tsup/library.ts';

/**
 * `core` is what needs no schema, for programs that have to start fast; `lifecycle` is about events
 * and the rules of the life of containers; `service` about the queue, long work and tokens;
 * `openapi` makes the document of the HTTP API.
 */
export default {
  ...library,
  entry: ['src/index.ts', 'src/core.ts', 'src/lifecycle.ts', 'src/service.ts', 'src/openapi.ts'],
};
