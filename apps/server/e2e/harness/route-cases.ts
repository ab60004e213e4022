import type { RouteId } from '@ds01/contracts';

/** How a route is tried. */
export interface RouteCase {
  /** What is sent, about the object of this name (a container, an account, a request's id). */
  readonly input: (name: string) => Readonly<Record<string, unknown>>;
  /** What makes the caller's own container ready for it. */
  readonly before?: readonly RouteId[];
  /** With what it is refused where there is nothing to ask, and nothing that was built. */
  readonly refusedWith?: string;
}

/** Of what waits nothing is there: who asks is told so, whoever they are. */
const entry = `q${'0'.repeat(20)}`;
const noEntry: RouteCase = { input: () => ({ id: entry }), refusedWith: 'queue.not-found' };

const operation = `o${'0'.repeat(20)}`;
const noOperation: RouteCase = { input: () => ({ id: operation }), refusedWith: 'work.not-found' };

const token = `t${'0'.repeat(20)}`;
const noToken: RouteCase = { input: () => ({ id: token }), refusedWith: 'token.not-found' };

const byName: RouteCase = { input: (name) => ({ name }) };
const nothing: RouteCase = { input: () => ({}) };

/** A small container without a GPU. */
function deployInput(name: string): Readonly<Record<string, unknown>> {
  const image = 'ds01/busybox';
  return { name, image, project: null, workspace: null, gpu: { kind: 'none' } };
}

const stop: RouteCase = { input: (name) => ({ name, timeoutSeconds: 0 }) };
/** Held, for those that go back to it; serves a port until its container ends. */
const exec = {
  command: ['httpd', '-f', '-p', '127.0.0.1:8000'],
  tty: true,
  stdin: true,
  size: null,
  keep: true,
};

/** Nothing listens there, and it is this server's own. */
const registry = 'localhost:1';

/** A Dockerfile that needs no context. */
const dockerfile = 'FROM ds01/busybox\nLABEL of=matrix\n';

/** One entry for each route: a new one is to be thought about here. */
export const routeCases: Readonly<Partial<Record<string, RouteCase>>> = {
  'containers.list': { input: () => ({ all: true }) },
  'containers.deploy': { input: deployInput },
  'containers.show': byName,
  'containers.exec': { input: (name) => ({ name, ...exec }) },
  'containers.attach': { input: (name) => ({ name, stdin: false, size: null }) },
  'containers.sessions': byName,
  // Of the process that `containers.exec`, which is tried before, left there.
  'containers.resume': { input: (name) => ({ name, id: '1', size: null, takeOver: true }) },
  'containers.forward': { input: (name) => ({ name, port: 8000 }) },
  'containers.rename': { input: (name) => ({ name, newName: name }) },
  'containers.pause': byName,
  'containers.unpause': { ...byName, before: ['containers.pause'] },
  'containers.stop': stop,
  'containers.restart': { ...stop, before: ['containers.start'] },
  'containers.logs': { input: (name) => ({ name, tail: 5 }), before: ['containers.stop'] },
  'containers.start': { ...byName, before: ['containers.stop'] },
  'containers.stats': byName,
  'containers.top': byName,
  'containers.packages': byName,
  'containers.commit': { input: (name) => ({ name, tag: 'latest' }) },
  'containers.explain': byName,
  'containers.keep': { input: (name) => ({ name, forMs: 0 }) },
  // Without a GPU nothing limits how long it runs.
  'containers.extend': {
    input: (name) => ({ name, byMs: 3_600_000 }),
    refusedWith: 'lifecycle.not-limited',
  },
  'containers.remove': { ...byName, before: ['containers.stop'] },
  'containers.retire': stop,
  'daemon.health': nothing,
  'daemon.ready': nothing,
  version: nothing,
  'users.me': nothing,
  'requests.cancel': { input: (id) => ({ id }) },
  'gpus.status': nothing,
  'gpus.explain': { input: () => ({ gpu: { kind: 'any' } }) },
  'images.list': nothing,
  'images.bases': nothing,
  'images.show': byName,
  'images.build': { input: (name) => ({ name, dockerfile }) },
  'images.history': byName,
  'images.log': { ...byName, refusedWith: 'build.not-found' },
  'images.packages': byName,
  'images.diff': { input: (name) => ({ name, otherTag: 'v1' }), before: ['images.tag'] },
  'images.tag': { input: (name) => ({ name, to: 'v1', force: true }) },
  'images.rollback': { input: (name) => ({ name, to: 'v1' }), before: ['images.tag'] },
  'images.delete': { input: (name) => ({ name, force: true }) },
  'images.prune': nothing,
  'images.share': { input: (name) => ({ name, users: ['dave'] }) },
  'images.push': {
    input: (name) => ({ name, target: `${registry}/x:v1` }),
    refusedWith: 'registry.refused',
  },
  'images.pull': {
    input: () => ({ reference: `${registry}/x` }),
    refusedWith: 'registry.refused',
  },
  'notifications.show': nothing,
  'notifications.set': { input: () => ({ channels: { mail: false } }) },
  'events.list': { input: () => ({ type: 'container', limit: 5 }) },
  'events.summary': nothing,
  'events.follow': { input: () => ({ afterId: 0 }) },
  'limits.show': { input: (user) => ({ user }) },
  doctor: nothing,
  'admin.containers': nothing,
  'admin.leases': nothing,
  'admin.users': nothing,
  'admin.overview': nothing,
  'admin.workloads': nothing,
  'admin.doctor.fix': nothing,
  'admin.containers.explain': { input: () => ({ container: 'alice/of-alice' }) },
  'admin.containers.protect': { input: () => ({ container: 'alice/of-alice', on: false }) },
  'admin.containers.stop': {
    input: () => ({ container: 'alice/none' }),
    refusedWith: 'container.not-found',
  },
  'admin.containers.remove': {
    input: () => ({ container: 'alice/none' }),
    refusedWith: 'container.not-found',
  },
  'admin.containers.adopt': {
    input: () => ({ container: 'alice/of-alice', user: 'dave' }),
    refusedWith: 'container.owned',
  },
  'admin.users.extend': {
    input: () => ({ user: 'alice', container: 'none', byMs: 3_600_000 }),
    refusedWith: 'container.not-found',
  },
  'admin.extensions': nothing,
  'admin.lifecycle.plan': nothing,
  'admin.lifecycle.run': nothing,
  'admin.lifecycle.pause': { input: () => ({ untilMs: null }) },
  'admin.lifecycle.status': nothing,
  'admin.leases.release': { input: () => ({ lease: 'none' }), refusedWith: 'lease.not-found' },
  'admin.emergency-stop': { input: () => ({ user: 'nobody-here' }), refusedWith: 'user.unknown' },
  'admin.users.offboard': { input: () => ({ user: 'nobody-here' }), refusedWith: 'user.unknown' },
  'admin.notify': { input: () => ({ user: null, message: 'The server restarts at noon' }) },
  'admin.limits.check': nothing,
  'admin.limits.explain': { input: () => ({ user: 'alice', key: 'max_cpus' }) },
  'admin.limits.diff': {
    input: () => ({ files: [{ path: 'resource-limits.yaml', text: 'groups: {}\n' }] }),
  },
  'admin.limits.set': { input: () => ({ user: 'erin', changes: { priority: '20' } }) },
  'admin.exemptions': nothing,
  'admin.exemptions.add': { input: () => ({ user: 'erin', rules: ['idle_timeout_h'] }) },
  'admin.exemptions.remove': { input: () => ({ user: 'erin' }) },
  'admin.reservations': nothing,
  'admin.reservations.add': {
    input: () => ({ slots: ['0'], user: 'erin', untilMs: Date.UTC(2036, 0) }),
  },
  'admin.reservations.remove': {
    input: () => ({ id: 'nowhere' }),
    refusedWith: 'reservation.not-found',
  },
  'admin.groups': nothing,
  'admin.groups.put': { input: () => ({ group: 'student', user: 'erin' }) },
  'admin.groups.sync': nothing,
  // Its body is no JSON; what is built of an archive is tried with uploads.
  'images.upload': { ...byName, refusedWith: 'request.media-type' },
  'leases.list': nothing,
  'operations.list': nothing,
  'operations.show': noOperation,
  'operations.follow': noOperation,
  'operations.cancel': noOperation,
  'events.export': nothing,
  'daemon.metrics': nothing,
  'tokens.list': nothing,
  'tokens.create': { input: () => ({ name: 'laptop', expiresInMs: 1000 }) },
  'tokens.revoke': noToken,
  'tokens.rotate': noToken,
  'admin.tokens': nothing,
  'admin.tokens.create': { input: () => ({ user: 'bob', name: 'laptop', expiresInMs: 1000 }) },
  'admin.tokens.revoke': noToken,
  'admin.tokens.rotate': noToken,
  'queue.list': nothing,
  'queue.show': noEntry,
  'queue.follow': noEntry,
  'queue.leave': noEntry,
  'admin.queue': nothing,
  'admin.queue.move': { ...noEntry, input: () => ({ id: entry, to: 'first' }) },
  'admin.queue.priority': { ...noEntry, input: () => ({ id: entry, priority: 'low' }) },
  'admin.queue.hold': { input: () => ({ on: false }) },
  'admin.queue.drain': { input: () => ({ on: false }) },
  'admin.queue.remove': noEntry,
  // The beginning is yet to come: whether anybody had GPUs before doesn't matter then.
  'admin.simulate': {
    input: () => ({ sinceMs: Date.UTC(2099, 0, 1) }),
    refusedWith: 'usage.invalid',
  },
};

/** The case of a route; throws with its name when nobody thought about it. */
export function caseOf(id: RouteId): RouteCase {
  const found = routeCases[id];
  if (found === undefined) throw new Error(`the matrix says nothing about the route ${id}`);
  return found;
}
