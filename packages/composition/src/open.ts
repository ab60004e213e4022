export { readEnvironment, type Environment } from './environment.ts';
export { openApi, type OpenedApi } from './open-api.ts';
