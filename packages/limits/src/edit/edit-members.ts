import { slugOf, type Username } from '@ds01/contracts';
import { isSeq } from 'yaml';
import { checkEdit, itemsIn, withValue } from './checked-edit.ts';
import { insertLines } from './text-lines.ts';
import { nodeAt, openYaml, textOfScalar } from './yaml-nodes.ts';
import { removeItems, type EditResult } from './yaml-edit.ts';

/**
 * A members file with one more line at its end; as it is when the user stands there. A name of which a
 * comment would cut off a part, and that would be somebody else's then, is written as its slug.
 */
export function addMember(text: string, user: Username): string {
  if (hasMember(text, user)) return text;
  return insertLines(text, text.length, [memberOf(user) === user ? user : slugOf(user)]);
}

/** A members file without the lines of a user, by name or slug; lines that are comments stay. */
export function removeMember(text: string, user: Username): string {
  return text
    .split(/(?<=\n)/)
    .filter((line) => !isUser(memberOf(line), user))
    .join('');
}

/** Whether a members file lists a user, by name or slug. */
export function hasMember(text: string, user: Username): boolean {
  return text.split('\n').some((line) => isUser(memberOf(line), user));
}

function memberOf(line: string): string {
  return (line.split('#', 1)[0] ?? '').trim();
}

function isUser(name: string, user: Username): boolean {
  return name === user || name === slugOf(user);
}

/** resource-limits.yaml without a user in the inline `members` of a group. */
export function removeInlineMember(
  text: string,
  { group, user }: { readonly group: string; readonly user: Username },
): EditResult {
  const source = openYaml(text);
  if (typeof source === 'string') return { ok: false, reason: source };
  const path = ['groups', group, 'members'];
  const list = nodeAt(source.document, path);
  const numbers = isSeq(list)
    ? list.items.flatMap((item, number) => (isUser(textOfScalar(item), user) ? [number] : []))
    : [];
  return checkEdit(text, removeItems(text, path, numbers), (data) =>
    withValue(
      data,
      path,
      itemsIn(data, path).filter((_, number) => !numbers.includes(number)),
    ),
  );
}
