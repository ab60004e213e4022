import { ds01Error, type Ds01Error } from '@ds01/contracts';
import { endChild, outputOf, startScript, type WaitOptions } from './child.ts';
import { checkedPath, quoted } from './paths.ts';

/**
 * Prints each path with the links followed that nobody but root can change: those in a folder of
 * root's that nobody else may write to, or in a sticky one when the link is root's. From the first
 * name on that somebody else may change, the path stays as it is written.
 */
const script = `
for rest; do
  at= left=40
  while [ -n "$rest" ]; do
    name=\${rest#/} name=\${name%%/*} rest=\${rest#/} rest=\${rest#"$name"}
    case $name in
      ''|.) continue;;
      ..) at=\${at%/*}; continue;;
    esac
    folder=$(stat -c '%u %a' -- "\${at:-/}" 2>/dev/null) || folder='? 7777'
    case $folder in
      0\\ *[2367]|0\\ *[2367]?)
        case $folder in 0\\ [1357]???) ;; *) folder=?;; esac
        [ "$(stat -c %u -- "$at/$name" 2>/dev/null)" = 0 ] || folder=?;;
      0\\ *) ;;
      *) folder=?;;
    esac
    if [ "$folder" = '?' ]; then at=$at/$name$rest; break; fi
    if [ -L "$at/$name" ]; then
      left=$((left - 1))
      if [ $left = 0 ]; then at=$at/$name$rest; break; fi
      target=$(readlink -- "$at/$name") || exit 1
      case $target in /*) at=;; esac
      rest=/\${target#/}$rest
    else
      at=$at/$name
    fi
  done
  printf '%s\\n' "\${at:-/}"
done
`;

/**
 * Real paths of folders that an administrator named, in their order. Looked up by this process's own
 * account, in folders of root only, so no person can lead one elsewhere: a link that a person made
 * is not followed, and a real path never lies below it.
 */
export async function resolveRoots(
  roots: readonly string[],
  wait: WaitOptions,
): Promise<readonly string[]> {
  if (roots.length === 0) return [];
  const child = startScript(null, { text: script, parameters: roots.map(checkedPath) });
  try {
    child.stdin?.end();
    const output = await outputOf(child, () => false, { ...wait, subject: roots.join(', ') });
    const lines = output.toString('utf8').split('\n').slice(0, -1);
    if (lines.length !== roots.length) throw new Error(`unclear answer about ${roots.join(', ')}`);
    return lines;
  } finally {
    endChild(child);
  }
}

/** The refusal of what lies outside of the roots. */
export function outsideError(path: string, roots: readonly string[]): Ds01Error {
  const allowed = roots.length === 0 ? 'none' : roots.join(', ');
  return ds01Error('workspace.outside', {
    message: `${path} really lies outside of the folders that this site lets people use (${allowed}).`,
    hint: `readlink -f ${quoted(path)}    # an admin adds folders in data.roots of ds01.yaml`,
    details: { path, roots },
  });
}
