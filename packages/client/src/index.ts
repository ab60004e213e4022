export { isDs01Error } from '@ds01/contracts/core';
export type { UploadBody } from './answer.ts';
export { createClient, type Client } from './client.ts';
export type {
  CallOptions,
  DaemonClient,
  FollowedRecords,
  FollowId,
  LogLine,
  OperationLine,
  PagedId,
  WaitOptions,
} from './daemon-client.ts';
export type {
  AddressTarget,
  CallerOptions,
  ClientOptions,
  ClientTarget,
  SocketTarget,
} from './options.ts';
export type { RetryOptions } from './retry.ts';
