export { createClient, type Client } from './client.ts';
export type {
  AddressTarget,
  CallerOptions,
  ClientOptions,
  ClientTarget,
  SocketTarget,
} from './options.ts';
