import type { Usage } from '@ds01/contracts';
import type { StoreTransaction } from '@ds01/ports';
import type { CurrentPolicy } from '../policy.ts';
import { instantOf } from '../present.ts';
import { rememberedSizes } from './remembered-size.ts';
import { storageSubjects, type StorageSubject } from './subjects.ts';

/** Something with a limit on its space, as it was measured last. */
export interface UsedSpace {
  readonly subject: StorageSubject;
  readonly bytes: number;
  /** Wall clock. */
  readonly measuredAtMs: number;
}

/** All that has a limit on its space and was measured. */
export function usedSpace(
  transaction: Pick<StoreTransaction, 'containers' | 'meta'>,
  policy: CurrentPolicy,
): readonly UsedSpace[] {
  const known = rememberedSizes(transaction);
  return storageSubjects(transaction.containers.all(), policy).flatMap((subject) => {
    const remembered = known.get(subject.key);
    if (remembered === undefined || remembered.bytes === null) return [];
    return [{ subject, bytes: remembered.bytes, measuredAtMs: remembered.measuredAtWallMs }];
  });
}

/** What one person was last measured to use; `null` where nothing was. */
export function storageUsage(
  spaces: readonly UsedSpace[],
  user: string,
): Pick<Usage, 'workspaceBytes' | 'dataBytes' | 'largestLayerBytes' | 'storageMeasuredAt'> {
  const own = spaces.filter(({ subject }) => subject.user === user);
  const most = (what: StorageSubject['what']): number | null => {
    const found = own.filter(({ subject }) => subject.what === what).map(({ bytes }) => bytes);
    return found.length === 0 ? null : Math.max(...found);
  };
  const times = own.map(({ measuredAtMs }) => measuredAtMs);
  return {
    workspaceBytes: most('workspace'),
    dataBytes: most('data'),
    largestLayerBytes: most('container'),
    storageMeasuredAt: times.length === 0 ? null : instantOf(Math.min(...times)),
  };
}
