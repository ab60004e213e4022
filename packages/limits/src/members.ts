import { groupNameSchema, usernameSchema } from '@ds01/contracts';
import type { ConfigProblem, GroupName } from '@ds01/contracts';
import { positionsOf, problemAt, quote, unreadableFile } from './config-file.ts';
import type { ConfigFile } from './config-file.ts';
import type { MemberOrigin } from './policy.ts';
import type { Reading } from './reading.ts';
import type { YamlValue } from './yaml-source.ts';

/** What a user name may look like, for people. */
const usernameRule = 'an account name, without spaces, quotes, commas, slashes or colons';

/** Members by name, each with the place where it is first listed. */
export type Members = Map<string, MemberOrigin>;

/** The group that a members file belongs to; `undefined` for other files. */
export function groupOfMembersFile(path: string): string | undefined {
  return /(?:^|\/)groups\/([^/]+)\.members$/.exec(path)?.[1];
}

/**
 * Reads a members file: a user a line, `#` starts a comment anywhere. Lines that are no account
 * name are problems.
 */
export function readMembersFile(file: ConfigFile): {
  readonly members: Members;
  readonly problems: readonly ConfigProblem[];
} {
  const members: Members = new Map();
  if (file.text === null) return { members, problems: [unreadableFile(file)] };
  const problems: ConfigProblem[] = [];
  const positionOf = positionsOf(file.text);
  let offset = 0;
  for (const line of file.text.split('\n')) {
    const content = line.split('#', 1)[0] ?? '';
    const name = content.trim();
    const position = positionOf(offset + (content.length - content.trimStart().length));
    offset += line.length + 1;
    if (name === '') continue;
    if (usernameSchema.safeParse(name).success) {
      if (!members.has(name)) members.set(name, { file: file.path, ...position });
      continue;
    }
    problems.push(
      problemAt(file.path, position, {
        code: 'config.invalid-name',
        message: `"${quote(name)}" is no account name.`,
        found: quote(name),
        allowed: `one name a line: ${usernameRule}`,
      }),
    );
  }
  return { members, problems };
}

/** Reads the inline `members` list of a group. */
export function readInlineMembers(reading: Reading, value: YamlValue, where: string): Members {
  const members: Members = new Map();
  for (const item of reading.items(value, where)) {
    const name = readUsername(reading, item, where);
    if (name !== undefined && !members.has(name)) {
      members.set(name, { file: reading.path, ...item.position });
    }
  }
  return members;
}

/** Reads an account name. */
export function readUsername(reading: Reading, value: YamlValue, where: string) {
  const text = reading.text(value, where, {
    pattern: /^[^\p{Cc}\s:/,'"\\]{1,256}$/u,
    allowed: usernameRule,
  });
  return text === undefined ? undefined : usernameSchema.parse(text);
}

/** Reads the name of a group. */
export function readGroupName(reading: Reading, value: YamlValue, where: string) {
  const text = reading.text(value, where, {
    pattern: /^[a-z0-9_]{1,64}$/,
    allowed: groupNameRule,
  });
  return text === undefined ? undefined : groupNameSchema.parse(text);
}

/** What a group name may look like, for people. */
export const groupNameRule = 'lower-case letters, digits and _, at most 64';

/** A group's name, or `undefined` when it breaks the rule. */
export function asGroupName(text: string): GroupName | undefined {
  return groupNameSchema.safeParse(text).data;
}
