import { adminHeads } from './admin-heads.ts';
import { containerHeads } from './container-heads.ts';
import { imageHeads } from './image-heads.ts';
import { lifecycleHeads } from './lifecycle-heads.ts';
import type { RouteHead } from './route.ts';
import { serviceHeads } from './service-heads.ts';

/** What a route is but for its schemas: all that a client needs to call it. */
export const routeHeads = {
  ...containerHeads,
  ...imageHeads,
  ...lifecycleHeads,
  'daemon.health': {
    kind: 'call',
    method: 'GET',
    path: '/healthz',
    summary: 'the daemon is alive',
    role: 'public',
    object: 'none',
    slow: false,
    mutates: false,
  },
  'daemon.ready': {
    kind: 'call',
    method: 'GET',
    path: '/readyz',
    summary: 'engine and ledger agree; 503 while they don’t',
    role: 'public',
    object: 'none',
    slow: false,
    mutates: false,
  },
  version: {
    kind: 'call',
    method: 'GET',
    path: '/api/v1/version',
    summary: 'versions of the daemon and its Node',
    role: 'public',
    object: 'none',
    slow: false,
    mutates: false,
  },
  'users.me': {
    kind: 'call',
    method: 'GET',
    path: '/api/v1/users/me',
    summary: 'for whom the daemon takes the caller',
    role: 'user',
    object: 'none',
    slow: false,
    mutates: false,
  },
  'requests.cancel': {
    kind: 'call',
    method: 'POST',
    path: '/api/v1/requests/{id}/cancel',
    summary: 'undo a request of the caller’s that is under way',
    object: 'request',
    role: 'user',
    slow: false,
    mutates: true,
  },
  'gpus.status': {
    kind: 'call',
    method: 'GET',
    path: '/api/v1/gpus',
    summary: 'every GPU and MIG slot: free, or who has it',
    role: 'user',
    object: 'none',
    slow: false,
    mutates: false,
  },
  'gpus.explain': {
    kind: 'call',
    method: 'POST',
    path: '/api/v1/gpus/explain',
    summary: 'what a request would get, with a reason for every slot',
    mutates: false,
    role: 'user',
    object: 'none',
    slow: false,
  },
  'limits.show': {
    kind: 'call',
    method: 'GET',
    path: '/api/v1/limits/{user}',
    summary: 'a user’s limits, and the file and line that set each',
    object: 'user',
    role: 'user',
    slow: false,
    mutates: false,
  },
  doctor: {
    kind: 'call',
    method: 'GET',
    path: '/api/v1/doctor',
    summary: 'what DS01 depends on: all checks for administrators, the general ones for others',
    role: 'user',
    object: 'none',
    slow: false,
    mutates: false,
  },
  'admin.containers': {
    kind: 'call',
    method: 'GET',
    path: '/api/v1/admin/containers',
    summary: 'everybody’s containers, foreign ones too',
    role: 'admin',
    object: 'none',
    slow: false,
    mutates: false,
  },
  'admin.leases': {
    kind: 'call',
    method: 'GET',
    path: '/api/v1/admin/leases',
    summary: 'every live lease',
    role: 'admin',
    object: 'none',
    slow: false,
    mutates: false,
  },
  'admin.users': {
    kind: 'call',
    method: 'GET',
    path: '/api/v1/admin/users',
    summary: 'who has what',
    role: 'admin',
    object: 'none',
    slow: false,
    mutates: false,
  },
  'admin.limits.check': {
    kind: 'call',
    method: 'GET',
    path: '/api/v1/admin/limits/check',
    summary: 'all problems of the configuration folder',
    role: 'admin',
    object: 'none',
    slow: false,
    mutates: false,
  },
  'admin.limits.explain': {
    kind: 'call',
    method: 'GET',
    path: '/api/v1/admin/limits/{user}/{key}',
    summary: 'where one limit of one user comes from',
    role: 'admin',
    object: 'none',
    slow: false,
    mutates: false,
  },
  ...adminHeads,
  ...serviceHeads,
} as const satisfies Readonly<Record<string, RouteHead>>;

/** Id of an operation. */
export type RouteId = keyof typeof routeHeads;

/** Ids of all operations, in the order of the table. */
export const routeIds = Object.keys(routeHeads) as readonly RouteId[];

type IdOf<Kind extends RouteHead['kind']> = {
  [Id in RouteId]: (typeof routeHeads)[Id]['kind'] extends Kind ? Id : never;
}[RouteId];

/** Operations that answer with one document. */
export type CallId = IdOf<'call'>;
/** Operations that stream output. */
export type StreamId = IdOf<'stream'>;
/** Operations that connect with a process. */
export type SessionId = IdOf<'session'>;
/** Operations that take a body of bytes and begin long work. */
export type UploadId = IdOf<'upload'>;

/** True for the id of an operation that streams output. */
export function isStreamId(id: RouteId): id is StreamId {
  return routeHeads[id].kind === 'stream';
}

/** True for the id of an operation that answers with one document. */
export function isCallId(id: RouteId): id is CallId {
  return routeHeads[id].kind === 'call';
}

/** True for the id of an operation that takes a body of bytes. */
export function isUploadId(id: RouteId): id is UploadId {
  return routeHeads[id].kind === 'upload';
}
