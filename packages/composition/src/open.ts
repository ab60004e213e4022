export { readEnvironment, type Environment } from './environment.ts';
export { openApi, openDirectly, type OpenedApi } from './open-api.ts';
