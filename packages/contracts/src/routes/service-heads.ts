import type { RouteHead } from './route.ts';

const look = {
  kind: 'call',
  method: 'GET',
  role: 'user',
  object: 'none',
  slow: false,
  mutates: false,
} as const;
const act = { ...look, method: 'POST', mutates: true } as const;
const adminLook = { ...look, role: 'admin' } as const;
const adminAct = { ...act, role: 'admin' } as const;

/** Heads of the operations on what serves people: the queue, long work, tokens, leases, metrics. */
export const serviceHeads = {
  'queue.list': {
    ...look,
    path: '/api/v1/queue',
    summary: 'who waits for GPUs, in the order of their turns; of others, what the site shows',
  },
  'queue.show': {
    ...look,
    object: 'queue-entry',
    path: '/api/v1/queue/{id}',
    summary: 'one waiting request of the caller’s: position, reason, estimated start',
  },
  'queue.follow': {
    ...look,
    kind: 'stream',
    object: 'queue-entry',
    path: '/api/v1/queue/{id}/follow',
    summary: 'a waiting request of the caller’s each time something about it changes',
  },
  'queue.leave': {
    ...act,
    method: 'DELETE',
    object: 'queue-entry',
    path: '/api/v1/queue/{id}',
    summary: 'wait no longer, or give up what was granted',
  },
  'operations.list': {
    ...look,
    path: '/api/v1/operations',
    summary: 'long work of the caller’s, under way and ended',
  },
  'operations.show': {
    ...look,
    object: 'operation',
    path: '/api/v1/operations/{id}',
    summary: 'one piece of long work: its state, and its result or what went wrong',
  },
  'operations.follow': {
    ...look,
    kind: 'stream',
    object: 'operation',
    path: '/api/v1/operations/{id}/follow',
    summary: 'progress of long work as it comes, from its beginning or a line on',
  },
  'operations.cancel': {
    ...act,
    object: 'operation',
    path: '/api/v1/operations/{id}/cancel',
    summary: 'undo long work that is under way',
  },
  'tokens.list': {
    ...look,
    path: '/api/v1/tokens',
    summary: 'the caller’s tokens, never their secrets',
  },
  'tokens.create': {
    ...act,
    socketOnly: true,
    path: '/api/v1/tokens',
    summary: 'make a token for programs; its secret is shown this once',
  },
  'tokens.revoke': {
    ...act,
    method: 'DELETE',
    object: 'token',
    path: '/api/v1/tokens/{id}',
    summary: 'end a token of the caller’s',
  },
  'tokens.rotate': {
    ...act,
    object: 'token',
    socketOnly: true,
    path: '/api/v1/tokens/{id}/rotate',
    summary: 'give a token of the caller’s another secret; the old one ends',
  },
  'leases.list': {
    ...look,
    path: '/api/v1/leases',
    summary: 'the caller’s live leases',
  },
  'images.upload': {
    ...act,
    kind: 'upload',
    slow: true,
    object: 'image',
    path: '/api/v1/images/{name}/builds',
    summary: 'build an image of the caller’s from a tar archive sent as the body',
  },
  'events.export': {
    ...look,
    kind: 'stream',
    path: '/api/v1/events/export',
    summary: 'all events that are kept and meant, a line of JSON each, oldest first',
  },
  'daemon.metrics': {
    ...look,
    kind: 'stream',
    role: 'admin',
    path: '/metrics',
    summary: 'metrics in the text format of Prometheus',
  },
  'admin.tokens': {
    ...adminLook,
    path: '/api/v1/admin/tokens',
    summary: 'everybody’s tokens',
  },
  'admin.tokens.create': {
    ...adminAct,
    socketOnly: true,
    path: '/api/v1/admin/tokens',
    summary: 'make a token for a person, or one that reads metrics only',
  },
  'admin.tokens.revoke': {
    ...adminAct,
    method: 'DELETE',
    path: '/api/v1/admin/tokens/{id}',
    summary: 'end anybody’s token',
  },
  'admin.tokens.rotate': {
    ...adminAct,
    socketOnly: true,
    path: '/api/v1/admin/tokens/{id}/rotate',
    summary: 'give anybody’s token another secret',
  },
  'admin.queue': {
    ...adminLook,
    path: '/api/v1/admin/queue',
    summary: 'the whole queue, what each person has used, what is held and reserved',
  },
  'admin.queue.move': {
    ...adminAct,
    path: '/api/v1/admin/queue/{id}/move',
    summary: 'put a waiting request before all others, after them, or where the rules say',
  },
  'admin.queue.priority': {
    ...adminAct,
    path: '/api/v1/admin/queue/{id}/priority',
    summary: 'change the priority class of a waiting request',
  },
  'admin.queue.hold': {
    ...adminAct,
    path: '/api/v1/admin/queue/hold',
    summary: 'grant nothing to a waiting request, or to the whole queue, or grant again',
  },
  'admin.queue.drain': {
    ...adminAct,
    path: '/api/v1/admin/queue/drain',
    summary: 'let nobody join the queue, or let them join again; who waits goes on',
  },
  'admin.queue.remove': {
    ...adminAct,
    method: 'DELETE',
    path: '/api/v1/admin/queue/{id}',
    summary: 'take anybody’s waiting request out of the queue',
  },
  'admin.simulate': {
    ...adminAct,
    mutates: false,
    slow: true,
    path: '/api/v1/admin/simulate',
    summary: 'what other rules of the queue would have done with what people asked for',
  },
} as const satisfies Readonly<Record<string, RouteHead>>;
