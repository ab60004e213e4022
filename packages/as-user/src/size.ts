import type { Buffer } from 'node:buffer';
import type { HostAccount, StorageReading } from '@ds01/ports';
import { endChild, outputOf, startScript, type WaitOptions } from './child.ts';
import { checkedPath } from './paths.ts';

/**
 * `$1` is the folder, `$2` the seconds that the walk may take, `$3` the uid whose files count. Only
 * numbers leave `find`, so no file's name can say anything. A file with several names counts once; the
 * memory for that is bounded, and a walk that needs more of it fails.
 */
const script = `
folder=$1 seconds=$2 uid=$3
renice -n 19 -p $$ >/dev/null 2>&1
ionice -c 3 -p $$ 2>/dev/null
ulimit -v 1048576
cd -P -- "$folder" 2>/dev/null || { echo missing; exit 0; }
{
  timeout -s KILL "$seconds" find . -xdev -uid "$uid" -printf '%n %b %i\\n' 2>/dev/null
  echo "end $?"
} | awk '
  $1 == "end" { ended = $2; next }
  $1 == 1 || !seen[$3]++ { blocks += $2 }
  END { printf "%s %.0f\\n", (ended == 0 || ended == 1) ? "whole" : "part", blocks }'
`;

const answerPattern = /^(whole|part) (\d{1,15})\n$/;
/** How much longer than the walk its end may take. */
const patienceMs = 10_000;

/** A folder to measure with a person's rights. */
export interface FolderToMeasure extends Pick<WaitOptions, 'signal'> {
  readonly account: HostAccount;
  /** Absolute. Links in it are followed with the person's rights; below it none are. */
  readonly folder: string;
  /** How long the walk may take. */
  readonly timeoutMs: number;
}

/**
 * The space that a person's own files take in a folder, on the one file system that it is on; `null`
 * without such a folder. Runs with the lowest priority for CPU and disk. Fails with
 * `workspace.invalid`, `operation.timed-out` (the file system doesn't answer), `operation.interrupted`
 * and `internal.unexpected`.
 */
export async function sizeOfFolder(request: FolderToMeasure): Promise<StorageReading | null> {
  const { account, timeoutMs, signal } = request;
  const folder = checkedPath(request.folder);
  const seconds = (Math.max(1, timeoutMs) / 1000).toFixed(3);
  const child = startScript(account, {
    text: script,
    parameters: [folder, seconds, String(account.uid)],
  });
  try {
    child.stdin?.end();
    const isTooMuch = (output: Buffer): boolean => output.length > 64;
    const output = await outputOf(child, isTooMuch, {
      subject: folder,
      timeoutMs: timeoutMs + patienceMs,
      ...(signal === undefined ? {} : { signal }),
    });
    const [, extent, blocks] = answerPattern.exec(output.toString('utf8')) ?? [];
    if (blocks === undefined) return null;
    return { bytes: Number(blocks) * 512, complete: extent === 'whole' };
  } finally {
    endChild(child);
  }
}
