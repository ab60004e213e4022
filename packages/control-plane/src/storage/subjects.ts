import type { Username } from '@ds01/contracts';
import { limitBytes } from '@ds01/limits';
import type { ContainerRecord } from '@ds01/ports';
import type { CurrentPolicy } from '../policy.ts';

/** What a limit on space is on. */
export type StorageKind = 'workspace' | 'data' | 'container';

/** Something that may take so much space. */
export interface StorageSubject {
  /** What is remembered of it is kept under this. */
  readonly key: string;
  readonly what: StorageKind;
  readonly user: Username;
  readonly uid: number;
  /** The container, or one of the person's, whose workspace gets what there is to tell. */
  readonly record: ContainerRecord;
  /** All containers of the person that DS01 made. */
  readonly own: readonly ContainerRecord[];
  readonly limitBytes: number;
  /** From this share of the limit on it counts as nearly full. */
  readonly softShare: number;
}

/**
 * Everything that a limit on space is on: workspaces and data folders of people who have containers,
 * and layers of containers that DS01 made, protected and monitoring ones left out. Root has no limits.
 */
export function storageSubjects(
  records: readonly ContainerRecord[],
  policy: CurrentPolicy,
): readonly StorageSubject[] {
  const managed = records.filter(({ managed: made, uid }) => made && uid !== null && uid !== 0);
  const people = Map.groupBy(managed, ({ user, uid }) => `${user ?? ''}:${uid ?? ''}`);
  return [...people.values()].flatMap((own) => subjectsOf(own, policy));
}

function subjectsOf(
  own: readonly ContainerRecord[],
  policy: CurrentPolicy,
): readonly StorageSubject[] {
  const [first] = own;
  if (first === undefined || first.user === null || first.uid === null) return [];
  const { user, uid } = first;
  const { limits } = policy.forUser(user).resolved;
  const running = own.find(
    ({ startedAtMs, workspace }) => startedAtMs !== null && workspace !== null,
  );
  const common = { user, uid, own, softShare: limits['policies.soft_limit_threshold'].value };
  const subject = (
    what: StorageKind,
    record: ContainerRecord,
    value: string | number | null,
  ): readonly StorageSubject[] => {
    const bytes = limitBytes(value);
    const key = what === 'container' ? `container:${record.id}` : `${what}:${uid}:${user}`;
    return bytes === null ? [] : [{ ...common, key, what, record, limitBytes: bytes }];
  };
  return [
    ...subject('workspace', running ?? first, limits.storage_workspace.value),
    ...subject('data', running ?? first, limits.storage_data.value),
    ...own
      .filter((record) => !record.protected && !record.monitoring)
      .flatMap((record) => subject('container', record, limits.storage_container.value)),
  ];
}
