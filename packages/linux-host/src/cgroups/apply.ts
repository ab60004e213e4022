import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { systemCodeOf } from '../storage-errors.ts';
import type { CgroupPlan, CgroupSetting } from './plan.ts';

/** What cgroup v1 shows for no memory limit is this or more. */
const unlimitedBytes = 2 ** 60;

/**
 * Carries out a plan below `mount` and returns what could not be enforced, as sentences. Reads each
 * file once and writes only what differs.
 */
export function applyPlan(mount: string, plan: CgroupPlan): readonly string[] {
  const notices: string[] = [];
  const attempt = (what: string, work: () => void): void => {
    try {
      work();
    } catch (error) {
      notices.push(`${what}: ${reasonOf(error)}`);
    }
  };
  for (const folder of plan.folders) {
    attempt(`${mount}/${folder} can't be made`, () =>
      mkdirSync(`${mount}/${folder}`, { recursive: true }),
    );
  }
  for (const { path, value } of plan.handedDown) {
    attempt(`${mount}/${path} can't be written`, () => handDown(`${mount}/${path}`, value));
  }
  for (const setting of inWritableOrder(mount, plan.settings)) {
    attempt(`the limit of ${setting.subject} is not enforced`, () => applySetting(mount, setting));
  }
  return [...plan.notices, ...new Set(notices)];
}

function handDown(path: string, value: string): void {
  const present = new Set(readFileSync(path, 'utf8').trim().split(' '));
  const missing = value.split(' ').filter((controller) => !present.has(controller.slice(1)));
  if (missing.length > 0) writeFileSync(path, missing.join(' '));
}

/**
 * Memory with swap may never be below memory alone (cgroup v1), so whichever of the two grows is
 * written first.
 */
function inWritableOrder(
  mount: string,
  settings: readonly CgroupSetting[],
): readonly CgroupSetting[] {
  const both = settings.find(({ subject }) => subject === 'memory and swap');
  if (both === undefined) return settings;
  const present = readIfThere(`${mount}/${both.path}`);
  // A kernel without swap accounting doesn't have the file.
  if (present === null) return settings.filter((setting) => setting !== both);
  if (bytesOf(both.value) >= bytesOf(present)) return settings;
  return [...settings.filter((setting) => setting !== both), both];
}

function applySetting(mount: string, { path, value }: CgroupSetting): void {
  const file = `${mount}/${path}`;
  const present = readFileSync(file, 'utf8').trim();
  if (isSame(present, value)) return;
  if (path.endsWith('cpu.cfs_quota_us') && value !== '-1')
    lowerChildren(dirname(file), Number(value));
  writeFileSync(file, value);
}

/** On cgroup v1 no child may have more CPU than its parent, so the children are lowered first. */
function lowerChildren(folder: string, quota: number): void {
  const period = Number(readFileSync(`${folder}/cpu.cfs_period_us`, 'utf8'));
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const child = `${folder}/${entry.name}`;
    // A container may end at any moment.
    const present = Number(readIfThere(`${child}/cpu.cfs_quota_us`) ?? '-1');
    const childPeriod = Number(readIfThere(`${child}/cpu.cfs_period_us`) ?? period);
    const allowed = Math.floor((quota * childPeriod) / period);
    lowerChildren(child, allowed);
    if (present > allowed) writeIfThere(`${child}/cpu.cfs_quota_us`, String(allowed));
  }
}

/** CPUs that a folder of version 1 allows; `null` is no limit, or no such folder. */
export function quotaOfFolder(folder: string): number | null {
  const quota = Number(readIfThere(`${folder}/cpu.cfs_quota_us`) ?? '-1');
  const period = Number(readIfThere(`${folder}/cpu.cfs_period_us`) ?? '0');
  return quota > 0 && period > 0 ? quota / period : null;
}

function isSame(present: string, wanted: string): boolean {
  return present === wanted || (bytesOf(present) === bytesOf(wanted) && wanted === '-1');
}

function bytesOf(text: string): number {
  const bytes = Number(text);
  return bytes < 0 || bytes >= unlimitedBytes ? Number.POSITIVE_INFINITY : bytes;
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
}

function writeIfThere(path: string, value: string): void {
  try {
    writeFileSync(path, value);
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

function isGone(error: unknown): boolean {
  return systemCodeOf(error) === 'ENOENT' || systemCodeOf(error) === 'ENODEV';
}

function reasonOf(error: unknown): string {
  const code = systemCodeOf(error);
  if (code === 'EBUSY') return 'more is in use than it allows; the old one stays';
  if (code === 'ENOENT') return 'this host has no such cgroup controller';
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return 'no right to write cgroups';
  return error instanceof Error ? error.message : String(error);
}
