import {
  leaseIdSchema,
  readLabels,
  splitDockerName,
  usernameSchema,
  type LabelValues,
} from '@ds01/contracts';
import type { ContainerDetails, ContainerRecord } from '@ds01/ports';
import { deviceIdsOf } from './device-ids.ts';

/** Folder name under the engine's folder that holds pins; the key is the next path element. */
const pinPattern = /\/pins\/([a-z0-9]+)\/\d+$/;

/**
 * What never changes about a container. Owner, lease and the like are believed only under a valid
 * signature; any other container is foreign.
 */
export function containerRecordOf(
  details: ContainerDetails,
  signingKey: Uint8Array,
): ContainerRecord {
  const read = readLabels(details.labels, signingKey);
  const shared = {
    id: details.id,
    dockerName: details.dockerName,
    image: details.image,
    devices: deviceIdsOf(details),
    cgroupParent: details.cgroupParent,
    pinKey: pinKeyOf(details),
    request: null,
    createdAtMs: details.createdAtMs,
  };
  return read.trust === 'signed'
    ? { ...shared, ...managedFields(read.values) }
    : {
        ...shared,
        user: null,
        uid: null,
        name: splitDockerName(details.dockerName)?.name ?? details.dockerName,
        managed: false,
        interface: 'docker',
        project: null,
        workspace: null,
        requestHash: null,
        leaseId: null,
        protected: false,
        monitoring: false,
      };
}

function managedFields(values: LabelValues) {
  const user = usernameSchema.safeParse(values.user);
  const lease = leaseIdSchema.safeParse(values.lease);
  return {
    user: user.success ? user.data : null,
    uid: /^\d+$/.test(values.uid) ? Number(values.uid) : null,
    name: values.name,
    managed: true,
    interface: values.interface,
    image: values.image,
    project: values.project === '' ? null : values.project,
    workspace: values.workspace === '' ? null : values.workspace,
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
