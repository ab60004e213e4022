import { createFileOf, readFileOf, withFolderOf, writeFileOf } from '@ds01/as-user';
import { slugSchema, usernameSchema, type RouteOutput } from '@ds01/contracts';
import { ds01Error } from '@ds01/contracts/core';
import type { HostAccount } from '@ds01/ports';
import type { CommandContext } from '../context.ts';
import { readBoundedFile } from '../read-bounded-file.ts';

/** Largest Dockerfile, list of packages or lock that is read. */
const maxTextBytes = 4 * 1024 ** 2;

/** The files of the person for whom a command acts, touched with that person's rights alone. */
export interface PersonFiles {
  readonly me: RouteOutput<'users.me'>;
  readonly account: HostAccount;
  /** False when root acts for somebody else. */
  readonly isOwn: boolean;
  /**
   * Text of a file up to 4 MiB; `null` when there is none. Refuses what isn't UTF-8 with
   * `dockerfile.invalid`, a link, a FIFO and the like with `file.not-a-file`, else with `file.*`.
   */
  readText(path: string): Promise<string | null>;
  /** As {@link readText} for a file that a flag names: links and pipes of one's own are read, too. */
  readGiven(path: string, flag: string): Promise<string>;
  /** Writes a file where none is; `false` when there is one. */
  create(path: string, text: string): Promise<boolean>;
  /** Replaces a file in one step. */
  replace(path: string, text: string): Promise<void>;
  makeFolder(path: string): Promise<void>;
}

/** The files of the person for whom a command acts. */
export async function personFiles({
  runtime,
  signal,
}: Pick<CommandContext, 'runtime' | 'signal'>): Promise<PersonFiles> {
  const me = await runtime.api.call('users.me', {}, { signal });
  const account: HostAccount = {
    name: usernameSchema.parse(me.user),
    slug: slugSchema.parse(me.slug),
    uid: me.uid,
    gid: me.gid,
    groupIds: me.groupIds,
    home: me.home,
  };
  const isOwn = process.getuid?.() === me.uid;
  const place = { account, within: null, signal };
  const readText = async (path: string): Promise<string | null> => {
    const bytes = await readFileOf({ ...place, path, maxBytes: maxTextBytes });
    return bytes === null ? null : decoded(bytes, path);
  };
  return {
    me,
    account,
    isOwn,
    readText,
    readGiven: async (path, flag) => {
      if (isOwn) {
        return decoded(await readBoundedFile(path, { maxBytes: maxTextBytes, flag }), path);
      }
      const text = await readText(path);
      if (text !== null) return text;
      throw ds01Error('file.not-found', {
        message: `${flag} ${path}: there is no such file.`,
        hint: `ls -ld ${path}`,
        details: { file: path },
      });
    },
    create: (path, text) => createFileOf({ ...place, path, text, mode: 0o644 }),
    replace: (path, text) => writeFileOf({ ...place, path, text, mode: 0o644 }),
    makeFolder: (folder) =>
      withFolderOf({ ...place, folder, create: true }, () => Promise.resolve()),
  };
}

function decoded(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw ds01Error('dockerfile.invalid', {
      message: `${path} is no text: it has bytes that are not UTF-8.`,
      hint: `file ${path}`,
      cause,
    });
  }
}
