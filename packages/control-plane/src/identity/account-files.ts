import type { Slug } from '@ds01/contracts';

/** Who a person is inside a container. */
export interface InsideIdentity {
  readonly slug: Slug;
  readonly uid: number;
  readonly gid: number;
  /** Groups that the site shares with containers, by the host's names. */
  readonly groups: readonly { readonly name: string; readonly gid: number }[];
  /** Path of a shell that the image has. */
  readonly shell: string;
}

/** What is kept of an image's file. An image comes from anybody, and may hold whatever it likes. */
const maxLines = 1000;
const maxLineLength = 512;
const maxId = 2 ** 32 - 2;

const namePattern = /^[A-Za-z_][A-Za-z0-9_.-]{0,31}$/;
const numberPattern = /^\d{1,10}$/;
/** Printable, and nothing that ends a field. */
const textPattern = /^[^\p{Cc}:\u{FFFD}]*$/u;

/** Home folder of a person inside. */
export function homeOf(slug: Slug): string {
  return `/home/${slug}`;
}

/**
 * The well-formed entries of an image's passwd(5), without its passwords: lines of seven fields
 * with a plain name and ids. Lines for a name service (`+`), broken and overlong ones are left out.
 */
export function cleanPasswd(text: string): string {
  return cleanLines(text, (fields) => {
    const [name = '', , uid = '', gid = '', comment = '', home = '', shell = ''] = fields;
    if (fields.length !== 7 || !namePattern.test(name) || !isId(uid) || !isId(gid)) return null;
    if (![comment, home, shell].every((field) => textPattern.test(field))) return null;
    return [name, 'x', Number(uid), Number(gid), comment, home, shell].join(':');
  });
}

/** The well-formed entries of an image's group(5). See {@link cleanPasswd}. */
export function cleanGroup(text: string): string {
  return cleanLines(text, (fields) => {
    const [name = '', , gid = '', members = ''] = fields;
    if (fields.length !== 4 || !namePattern.test(name) || !isId(gid)) return null;
    const known = members.split(',').filter((member) => namePattern.test(member));
    return [name, 'x', Number(gid), known.join(',')].join(':');
  });
}

/** passwd(5) of a container: the image's entries, and its owner's in the place of any like it. */
export function passwdFor(base: string, owner: InsideIdentity): string {
  const others = linesOf(base).filter((line) => {
    const [name, , uid] = line.split(':');
    return name !== owner.slug && Number(uid) !== owner.uid;
  });
  const { slug, uid, gid, shell } = owner;
  const own = [slug, 'x', uid, gid, '', homeOf(slug), shell].join(':');
  return [...others, own, ''].join('\n');
}

/** group(5) of a container: the image's groups without the owner as a member, and the owner's own. */
export function groupFor(base: string, owner: InsideIdentity): string {
  const shared = owner.groups
    .filter(({ gid }) => gid !== owner.gid)
    .map(({ name, gid }) => ({
      name: namePattern.test(name) && name !== owner.slug ? name : `group${gid}`,
      gid,
    }));
  const names = new Set<string>([owner.slug, ...shared.map(({ name }) => name)]);
  const ids = new Set([owner.gid, ...shared.map(({ gid }) => gid)]);
  const others = linesOf(base).flatMap((line) => {
    const [name = '', password, gid, members = ''] = line.split(':');
    if (names.has(name) || ids.has(Number(gid))) return [];
    const rest = members.split(',').filter((member) => member !== owner.slug);
    return [[name, password, gid, rest.join(',')].join(':')];
  });
  return [
    ...others,
    [owner.slug, 'x', owner.gid, ''].join(':'),
    ...shared.map(({ name, gid }) => [name, 'x', gid, owner.slug].join(':')),
    '',
  ].join('\n');
}

function cleanLines(text: string, clean: (fields: readonly string[]) => string | null): string {
  const kept: string[] = [];
  for (const line of text.split('\n')) {
    if (kept.length >= maxLines) break;
    if (line.length > maxLineLength) continue;
    const cleaned = clean(line.replace(/\r$/, '').split(':'));
    if (cleaned !== null) kept.push(cleaned);
  }
  return kept.join('\n');
}

function linesOf(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '');
}

function isId(text: string): boolean {
  return numberPattern.test(text) && Number(text) <= maxId;
}
