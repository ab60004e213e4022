export { createGrants } from './grants.ts';
