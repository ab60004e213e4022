/** Tags that only a build gives, and that never lead anywhere else. */
const buildTag = /^b\d{8}-\d+$/;
/** Tags of layers that were kept of containers. */
const keptTag = /^kept-\d+$/;

/** A tag that people may not give: those of builds never move, those of kept layers are DS01's. */
export function isReservedTag(tag: string): boolean {
  return isBuildTag(tag) || isKeptTag(tag);
}

/** A tag that a build gave. */
export function isBuildTag(tag: string): boolean {
  return buildTag.test(tag);
}

/** A tag of a layer that was kept of a container. */
export function isKeptTag(tag: string): boolean {
  return keptTag.test(tag);
}
