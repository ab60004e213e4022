import { z } from 'zod';

/** A folder that is mounted beside the workspace, as it was asked for. Both paths are absolute. */
export const mountedFolderSchema = z.strictObject({
  folder: z.string(),
  target: z.string(),
  readOnly: z.boolean(),
});
/** A folder that is mounted beside the workspace. See {@link mountedFolderSchema}. */
export type MountedFolder = z.infer<typeof mountedFolderSchema>;

/** Which network a container is on: its owner's private one, none, or the host's. */
export const containerNetworkSchema = z.enum(['private', 'none', 'host']);
/** Which network a container is on. See {@link containerNetworkSchema}. */
export type ContainerNetworkKind = z.infer<typeof containerNetworkSchema>;

/**
 * What a container has to have on the host before it starts, so that it can be made again after a
 * reboot or a lost ledger. The value of the label `ds01.mounts`, as JSON.
 */
export const containerMountsSchema = z.strictObject({
  /** Id of the image whose passwd and group files its own were made from. */
  image: z.string(),
  data: z.array(mountedFolderSchema),
  /** Whether it has files at /run/secrets. */
  secrets: z.boolean(),
  network: containerNetworkSchema,
});
/** What a container needs on the host. See {@link containerMountsSchema}. */
export type ContainerMounts = z.infer<typeof containerMountsSchema>;

/** Text of the label `ds01.mounts`. */
export function mountsLabelOf(mounts: ContainerMounts): string {
  return JSON.stringify(containerMountsSchema.parse(mounts));
}

/** Reads the label `ds01.mounts`; `null` when it is empty or not understood. */
export function readMountsLabel(text: string): ContainerMounts | null {
  try {
    const read = containerMountsSchema.safeParse(JSON.parse(text));
    return read.success ? read.data : null;
  } catch {
    return null;
  }
}
