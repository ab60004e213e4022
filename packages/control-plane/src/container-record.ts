import {
  leaseIdSchema,
  readLabels,
  readMountsLabel,
  splitDockerName,
  usernameSchema,
  type LabelValues,
} from '@ds01/contracts';
import type { ContainerDetails, ContainerRecord } from '@ds01/ports';
import { ownNameIn } from './current-name.ts';
import { deviceIdsOf } from './device-ids.ts';
import { isAlive } from './reconcile/is-alive.ts';

/** Folder name under the engine's folder that holds pins; the key is the next path element. */
const pinPattern = /\/pins\/([a-z0-9]+)\/\d+$/;

/** How long after its labels were signed a container may have been made. */
const signedForMs = 5 * 60_000;

/**
 * What never changes about a container. Owner, lease and the like are believed only under a valid
 * signature and on the container that was signed for; any other container is foreign, and nobody's
 * until `attribute` says otherwise.
 */
export function containerRecordOf(
  details: ContainerDetails,
  signingKey: Uint8Array,
): ContainerRecord {
  const read = readLabels(details.labels, signingKey);
  const devices = deviceIdsOf(details);
  const shared = {
    id: details.id,
    dockerName: details.dockerName,
    image: details.image,
    devices,
    cgroupParent: details.cgroupParent,
    pinKey: pinKeyOf(details),
    request: null,
    createdAtMs: details.createdAtMs,
    startedAtMs: isAlive(details.state) ? details.startedAtMs : null,
  };
  return read.trust === 'signed' && isSignedFor(read.values, { details, devices })
    ? withOwnName({ ...shared, ...managedFields(read.values) })
    : {
        ...shared,
        user: null,
        uid: null,
        name: splitDockerName(details.dockerName)?.name ?? details.dockerName,
        hostname: null,
        managed: false,
        ownerBy: null,
        interface: 'docker',
        project: null,
        workspace: null,
        mounts: null,
        job: null,
        requestHash: null,
        leaseId: null,
        protected: false,
        monitoring: false,
      };
}

/** Docker's name is the one that it has now, the label's the first. */
function withOwnName(record: ContainerRecord): ContainerRecord {
  return { ...record, name: ownNameIn(record, record.dockerName) ?? record.name };
}

/**
 * Labels can be copied: `docker commit` keeps them in the image, and each container made from it
 * would be the same person's, with the same lease. Such an image is another than the one signed for.
 */
function isSignedFor(
  values: LabelValues,
  found: { readonly details: ContainerDetails; readonly devices: readonly string[] },
): boolean {
  const { details, devices } = found;
  const leased = values['gpu.uuids'] === '' ? [] : values['gpu.uuids'].split(',');
  const ageMs = details.createdAtMs - Date.parse(values.created_at);
  const mounts = readMountsLabel(values.mounts);
  return (
    Math.abs(ageMs) <= signedForMs &&
    (mounts === null || mounts.image === details.imageId) &&
    leased.toSorted().join() === devices.toSorted().join() &&
    details.user.split(':')[0] === values.uid
  );
}

function managedFields(values: LabelValues) {
  const user = usernameSchema.safeParse(values.user);
  const lease = leaseIdSchema.safeParse(values.lease);
  return {
    user: user.success ? user.data : null,
    uid: /^\d+$/.test(values.uid) ? Number(values.uid) : null,
    name: values.name,
    hostname: values.name,
    managed: true,
    ownerBy: 'signed' as const,
    interface: values.interface,
    image: values.image,
    project: values.project === '' ? null : values.project,
    workspace: values.workspace === '' ? null : values.workspace,
    mounts: readMountsLabel(values.mounts),
    job: values.job === '' ? null : values.job,
    requestHash: values.request === '' ? null : values.request,
    leaseId: lease.success ? lease.data : null,
    protected: values.protected === 'true',
    monitoring: values.monitoring === 'true',
  };
}

function pinKeyOf(details: ContainerDetails): string | null {
  for (const mount of details.mounts) {
    const key = pinPattern.exec(mount.source)?.[1];
    if (key !== undefined) return key;
  }
  return null;
}
