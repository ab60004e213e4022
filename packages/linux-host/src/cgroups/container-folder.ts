import type { ContainerId } from '@ds01/contracts';
import type { CgroupFacts } from './user-cgroups.ts';

/**
 * Where the engine puts a container's cgroup, below the mount (version 2) or below each controller's
 * (version 1); starts with a slash. An empty parent is the engine's own default.
 */
export function containerFolder(
  driver: CgroupFacts['driver'],
  target: { readonly id: ContainerId; readonly cgroupParent: string },
): string {
  const { id, cgroupParent } = target;
  if (driver === 'systemd') return `${sliceFolder(cgroupParent || 'system')}/docker-${id}.scope`;
  return `${cgroupParent || '/docker'}/${id}`;
}

/** Systemd's slices lie in each other by their dashes (systemd.slice(5)); a container's parent first. */
export function sliceFolder(slice: string): string {
  const parts = slice.replace(/\.slice$/, '').split('-');
  return parts.map((_, index) => `/${parts.slice(0, index + 1).join('-')}.slice`).join('');
}
