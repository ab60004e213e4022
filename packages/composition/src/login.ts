export { createClient } from '@ds01/client';
export { readCredentials, writeCredentials, type Credentials } from './credentials.ts';
export { serverAddress } from './environment.ts';
export { caIn } from './remote.ts';
