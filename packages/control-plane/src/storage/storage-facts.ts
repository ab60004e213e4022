import { operandOf } from '../lookup.ts';
import type { StorageFacts } from '../notifications/storage-texts.ts';
import type { StorageSubject } from './subjects.ts';

/** What notices about a subject say. */
export function storageFacts(
  { user, uid, what, record, limitBytes }: StorageSubject,
  { usedBytes, nowMs }: { readonly usedBytes: number; readonly nowMs: number },
): StorageFacts {
  const { dockerName, workspace } = record;
  const name = operandOf(record);
  return { user, uid, what, name, dockerName, workspace, usedBytes, limitBytes, nowMs };
}
