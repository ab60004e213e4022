export { createClient, type Client } from './client.ts';
export type { ClientOptions } from './options.ts';
