import type { RecipeOwner } from '../recipe/recipe-schema.ts';
import { shellWord } from './quoting.ts';

/** Where a person's account lives in the image. */
export function homeOf(owner: RecipeOwner): string {
  return `/home/${owner.slug}`;
}

/**
 * The shell command that makes the owner's account. It adds lines to `/etc/passwd` and `/etc/group`
 * instead of calling `useradd`: names of digits only are refused by that, and an id such as
 * 1722830498 makes a log of last logins of 300 GB. An id that the base has already keeps its line.
 */
export function accountCommand(owner: RecipeOwner): string {
  const { uid, gid, slug } = owner;
  const home = homeOf(owner);
  const group = `${slug}:x:${String(gid)}:`;
  const account = `${slug}:x:${String(uid)}:${String(gid)}:${owner.name}:${home}:`;
  const ids = `${String(uid)}:${String(gid)}`;
  return [
    addLine('/etc/group', gid, shellWord(group)),
    addLine('/etc/passwd', uid, `${shellWord(account)}${loginShell}`),
    `mkdir -p ${home}/.local/bin /workspace`,
    `chown ${ids} ${home} ${home}/.local ${home}/.local/bin /workspace`,
  ].join(' \\\n    && ');
}

const loginShell = '"$(command -v bash || echo /bin/sh)"';

function addLine(file: string, id: number, line: string): string {
  const known = `grep -q '^[^:]*:[^:]*:${String(id)}:' ${file}`;
  const whole = `[ -z "$(tail -c 1 ${file})" ] || echo >> ${file}`;
  return `{ ${known} || { { ${whole}; } && echo ${line} >> ${file}; }; }`;
}
