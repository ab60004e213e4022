import type { PullProgress } from '@ds01/ports';

/** A layer that is downloaded still has to be unpacked. */
const downloadShare = 0.7;
const stepPercent = 5;

/**
 * How far a pull or push is, as lines such as `pulling pytorch:2.8: 45 %`: one for every 5 %, never backwards.
 * Layers count alike, for their sizes become known one by one; those that are there already don't.
 */
export function createPullReport(
  reference: string,
  say: (line: string) => void,
  verb: 'pulling' | 'pushing' = 'pulling',
): (progress: PullProgress) => void {
  return createPullPercent((percent) => say(`${verb} ${reference}: ${String(percent)} %`));
}

/** {@link createPullReport} as numbers, each a multiple of 5 and larger than the one before. */
export function createPullPercent(
  say: (percent: number) => void,
): (progress: PullProgress) => void {
  const layers = new Map<string, number>();
  let reported = 0;
  return ({ layer, status, currentBytes, totalBytes }) => {
    if (layer === null || status.startsWith('Pulling from')) return;
    const part = totalBytes === null || totalBytes === 0 ? 0 : (currentBytes ?? 0) / totalBytes;
    if (isThere.has(status)) layers.delete(layer);
    else layers.set(layer, Math.max(layers.get(layer) ?? 0, doneOf(status, Math.min(1, part))));
    if (layers.size === 0) return;
    const done = [...layers.values()].reduce((sum, one) => sum + one, 0) / layers.size;
    const percent = Math.floor((done * 100) / stepPercent) * stepPercent;
    if (percent <= reported) return;
    reported = percent;
    say(percent);
  };
}

/** What the engine says of a layer that nobody has to move. */
const isThere: ReadonlySet<string> = new Set(['Already exists', 'Layer already exists']);

/** How much of a layer is done, by what the engine says it does. */
function doneOf(status: string, part: number): number {
  switch (status) {
    case 'Downloading':
      return downloadShare * part;
    // Until it is "Pushed" the registry still looks at it.
    case 'Pushing':
      return 0.99 * part;
    case 'Verifying Checksum':
    case 'Download complete':
      return downloadShare;
    case 'Extracting':
      return downloadShare + (1 - downloadShare) * part;
    case 'Pull complete':
    case 'Pushed':
      return 1;
    default:
      return 0;
  }
}
