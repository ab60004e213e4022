import { objectNameSchema, slugOf, splitDockerName } from '@ds01/contracts';
import type { ContainerRecord } from '@ds01/ports';

type Named = Pick<ContainerRecord, 'managed' | 'user' | 'name' | 'dockerName' | 'hostname'>;

/**
 * A record under the Docker name that its container has now. The owner's name for it is the one in
 * Docker's name when that is of this owner's making, so that a rename is known without a ledger; the
 * name that it was made under stays the one inside.
 */
export function renamedTo<Record extends Named>(record: Record, dockerName: string): Record {
  if (record.dockerName === dockerName) return record;
  const name = ownNameIn(record, dockerName) ?? record.name;
  return { ...record, dockerName, name, hostname: record.hostname ?? record.name };
}

/** `null` when this Docker name says nothing about what the owner calls it. */
export function ownNameIn(
  { managed, user }: Pick<Named, 'managed' | 'user'>,
  dockerName: string,
): string | null {
  const split = splitDockerName(dockerName);
  if (!managed || user === null || split === undefined || split.owner !== slugOf(user)) return null;
  return objectNameSchema.safeParse(split.name).data ?? null;
}
