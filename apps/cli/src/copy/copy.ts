import { copyIn } from './copy-in.ts';
import { copyOut } from './copy-out.ts';
import type { CopyOperands } from './operands.ts';
import type { CopyWorld } from './session.ts';

/**
 * Copies between a container and this side as `docker cp` does: a file or folder goes into a folder
 * that is there, else it gets the destination's name; `DIR/.` is what is in the folder; links are copied
 * as links; `-` is a tar archive on stdin or stdout. Inside, `tar` works as the container's user; on
 * this side, nothing is written outside of the destination whatever the container sends. Fails with
 * `copy.not-found`, `copy.failed`, `copy.no-tar`, `copy.unsafe`, `file.not-found`, `file.denied` and
 * `operation.interrupted`.
 */
export async function copyWithContainer(world: CopyWorld, operands: CopyOperands): Promise<void> {
  if (operands.direction === 'out') await copyOut(world, operands.inside, operands.local);
  else await copyIn(world, operands.local, operands.inside);
}
