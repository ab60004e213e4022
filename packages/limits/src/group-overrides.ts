import { usernameSchema } from '@ds01/contracts';
import type { ConfigProblem, GroupName } from '@ds01/contracts';
import { positionsOf, problemAt, quote, unreadableFile } from './config-file.ts';
import type { ConfigFile } from './config-file.ts';
import { nearestName } from './nearest-name.ts';

/**
 * Reads group-overrides.txt: `user:group` a line, `#` starts a comment anywhere. It only says where a
 * synchronisation puts people, so that nothing in it is an error; a line with a problem says nothing.
 * The first line about a user counts.
 */
export function readGroupOverrides(
  file: ConfigFile | undefined,
  groups: readonly GroupName[] | null,
): {
  readonly groupOf: ReadonlyMap<string, GroupName>;
  readonly problems: readonly ConfigProblem[];
} {
  const groupOf = new Map<string, GroupName>();
  const problems: ConfigProblem[] = [];
  if (file === undefined) return { groupOf, problems };
  if (file.text === null) {
    return { groupOf, problems: [{ ...unreadableFile(file), severity: 'warning' }] };
  }
  const positionOf = positionsOf(file.text);
  let offset = 0;
  for (const line of file.text.split('\n')) {
    const content = line.split('#', 1)[0] ?? '';
    const position = positionOf(offset + (content.length - content.trimStart().length));
    offset += line.length + 1;
    if (content.trim() === '') continue;
    const [user = '', name = '', ...more] = content.split(':').map((part) => part.trim());
    const isPair = more.length === 0 && name !== '' && usernameSchema.safeParse(user).success;
    if (!isPair) {
      problems.push(
        problemAt(file.path, position, {
          severity: 'warning',
          code: 'config.wrong-shape',
          message: `"${quote(content)}" is no user with a group.`,
          found: quote(content),
          allowed: 'user:group, one a line',
        }),
      );
      continue;
    }
    const group = groups?.find((candidate) => candidate === name);
    if (group !== undefined) {
      if (!groupOf.has(user)) groupOf.set(user, group);
    } else if (groups !== null) {
      problems.push(
        problemAt(file.path, position, {
          severity: 'warning',
          code: 'config.unknown-group',
          message: `There is no group "${quote(name)}" in the limits file.`,
          found: quote(name),
          allowed: groups.join(', ') || 'a group of the limits file',
          suggestion: nearestName(name, groups),
        }),
      );
    }
  }
  return { groupOf, problems };
}
