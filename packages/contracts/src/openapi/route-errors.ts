import { errorTable, type ErrorCode } from '../errors.ts';
import type { RouteId } from '../routes/heads.ts';
import type { RouteHead } from '../routes/route.ts';

/** Beginnings of codes, or whole ones. */
type Codes = readonly string[];

/** What can happen to any request, whatever it asks for. */
const always: Codes = [
  'internal.',
  'daemon.version',
  'daemon.busy',
  'rate.limited',
  'request.invalid',
  'operation.interrupted',
  'operation.timed-out',
];

/** What can happen to whoever has to say who they are. */
const known: Codes = [
  'token.invalid',
  'token.scope',
  'token.needs-tls',
  'access.denied',
  'user.unknown',
];

/** What can happen wherever the ledger, the policy and the engine are looked at. */
const looking: Codes = ['ledger.', 'engine.', 'limits.invalid-file', 'gpu.probe-failed', 'usage.'];

const container: Codes = ['name.invalid', 'container.'];
const starting: Codes = [
  'gate.',
  'gpu.',
  'lease.',
  'network.',
  'pin.',
  'port.',
  'quota.',
  'secrets.lost',
];
const folders: Codes = ['data.', 'env.', 'file.', 'label.', 'workspace.'];
const image: Codes = ['name.invalid', 'image.', 'build.'];
const registry: Codes = ['registry.'];
const files: Codes = ['policy.', 'group.unknown', 'limits.', 'ledger.', 'file.'];

/** By the beginning of a route's id, the longest that fits: what its use case refuses. */
const byRoute: Readonly<Record<string, Codes>> = {
  'admin.containers': [...container, 'lease.'],
  'admin.doctor': ['gate.'],
  'admin.emergency-stop': container,
  'admin.exemptions': [...files, 'exemption.not-found'],
  'admin.groups': files,
  'admin.leases': ['lease.', 'container.'],
  'admin.lifecycle': ['lifecycle.'],
  'admin.limits': files,
  'admin.notify': ['notify.failed'],
  'admin.queue': ['queue.'],
  'admin.reservations': [...files, 'reservation.not-found', 'gpu.no-match'],
  'admin.simulate': ['queue.', 'policy.refused', 'limits.'],
  'admin.tokens': ['token.'],
  'admin.users': ['container.', 'extension.not-found', 'name.invalid', 'lifecycle.'],
  containers: container,
  'containers.commit': [...container, ...image],
  'containers.deploy': [...container, ...starting, ...folders, 'image.', 'queue.', 'base.'],
  'containers.exec': [...container, ...starting, 'env.', 'session.'],
  'containers.extend': [...container, 'lifecycle.', 'extension.not-found'],
  'containers.forward': [...container, 'port.'],
  'containers.keep': [...container, 'lifecycle.', 'keep.too-long'],
  'containers.packages': [...container, 'image.'],
  'containers.restart': [...container, ...starting, ...folders],
  'containers.resume': [...container, 'session.'],
  'containers.start': [...container, ...starting, ...folders, 'image.'],
  'containers.unpause': [...container, ...starting],
  'events.follow': ['rate.too-many-streams'],
  'gpus.explain': ['gpu.', 'quota.'],
  images: image,
  'images.bases': ['base.', 'limits.'],
  'images.build': [...image, ...registry, 'dockerfile.', 'base.', 'quota.'],
  'images.pull': [...image, ...registry],
  'images.push': [...image, ...registry],
  'images.share': [...image, 'group.unknown'],
  'images.upload': [...image, ...registry, 'dockerfile.', 'base.', 'quota.'],
  operations: ['work.'],
  notifications: ['notify.failed', 'request.invalid'],
  queue: ['queue.'],
  'requests.cancel': ['session.not-found'],
  tokens: ['token.'],
};

/** Of a body that is no stream of bytes: what is wrong with it before it is read. */
const body: Codes = ['request.too-large', 'request.media-type'];

/** What only changes come to. */
const onlyChanges: Codes = [
  'build.too-many',
  'container.different-request',
  'container.exists',
  'container.owned',
  'container.running',
  'container.start-failed',
  'container.stop-failed',
  'image.build-failed',
  'image.exists',
  'image.in-use',
  'image.pull-failed',
  'image.push-failed',
  'lease.in-use',
  'policy.changed',
];

const allCodes = Object.keys(errorTable).filter((code): code is ErrorCode => code in errorTable);

/**
 * The codes that an operation may answer, as far as they are known beforehand: those of its area, and
 * what can happen to any request. Others are possible, as what an operation builds on grows.
 */
export function codesOf(
  id: RouteId,
  head: RouteHead,
  { isPaged }: { readonly isPaged: boolean },
): readonly ErrorCode[] {
  const area = Object.keys(byRoute)
    .filter((prefix) => id === prefix || id.startsWith(`${prefix}.`))
    .toSorted((one, other) => other.length - one.length)[0];
  const wanted = [
    ...always,
    ...(head.role === 'public' ? [] : [...known, ...looking]),
    ...(area === undefined ? [] : (byRoute[area] ?? [])),
    ...(head.method === 'POST' ? body : []),
    ...(head.mutates ? ['request.key-reused', 'work.ended', 'work.interrupted'] : []),
    ...(head.kind === 'stream' ? ['rate.too-many-streams'] : []),
    ...(head.kind === 'session' ? ['route.needs-upgrade', 'rate.too-many-streams'] : []),
    ...(isPaged ? ['request.cursor'] : []),
  ];
  return allCodes
    .filter((code) => isOneOf(code, wanted))
    .filter((code) => head.mutates || !onlyChanges.includes(code));
}

/** Codes that any route may answer which isn't public, whatever it is about. */
export const commonCodes: readonly ErrorCode[] = allCodes.filter((code) =>
  isOneOf(code, [
    ...always,
    ...known,
    ...looking,
    ...body,
    'request.key-reused',
    'route.needs-upgrade',
  ]),
);

function isOneOf(code: ErrorCode, codes: Codes): boolean {
  return codes.some((one) => (one.endsWith('.') ? code.startsWith(one) : code === one));
}

/** All codes of the error table with one HTTP status. */
export function codesWithStatus(status: number): readonly ErrorCode[] {
  return allCodes.filter((code) => errorTable[code].httpStatus === status);
}

/** Every HTTP status of the error table. */
export const problemStatuses: readonly number[] = [
  ...new Set(Object.values(errorTable).map(({ httpStatus }) => httpStatus)),
].toSorted((one, other) => one - other);
