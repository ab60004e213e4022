import { listFlag, switchFlag, type FlagValues } from '@ds01/command-line';
import type { DockerfileEdit } from '@ds01/dockerfile-builder';
import { packagesOfFlags, wordsOfFlags } from './package-words.ts';

/** What shall become of an image, as the flags say. */
export interface UpdateWishes {
  /** Removals come first, so that a package can be given another version. */
  readonly edits: readonly DockerfileEdit[];
  readonly requirements: readonly string[];
  readonly edit: boolean;
  readonly rebuild: boolean;
}

/** The wishes of a command line. Fails with `requirements.invalid`. */
export function updateWishesOf(flags: FlagValues): UpdateWishes {
  const edits: readonly DockerfileEdit[] = [
    { kind: 'remove-packages', packages: wordsOfFlags(listFlag(flags, 'remove')) },
    { kind: 'remove-system', packages: wordsOfFlags(listFlag(flags, 'removeSystem')) },
    { kind: 'add-system', packages: wordsOfFlags(listFlag(flags, 'addSystem')) },
    {
      kind: 'add-packages',
      packages: packagesOfFlags(listFlag(flags, 'add'), 'ds01 image update thesis --add'),
    },
  ];
  return {
    edits: edits.filter((edit) => 'packages' in edit && edit.packages.length > 0),
    requirements: listFlag(flags, 'requirements'),
    edit: switchFlag(flags, 'edit'),
    rebuild: switchFlag(flags, 'rebuild'),
  };
}

/** True when something is to be changed or built. */
export function wantsSomething({ edits, requirements, edit, rebuild }: UpdateWishes): boolean {
  return edits.length > 0 || requirements.length > 0 || edit || rebuild;
}
