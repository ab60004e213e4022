import type { ObjectName, Slug } from '@ds01/contracts';

/** Where a container's start file for shells is, inside. */
export const shellStartPath = '/etc/ds01/shrc';

/** Folder of an image's own start files for login shells. */
export const loginStartFolder = '/etc/profile.d';
/** Our file in it. */
export const loginStartPath = `${loginStartFolder}/ds01.sh`;

/**
 * The prompt as every shell understands it: bash, dash and ash expand parameters in it, and nothing
 * else of it means anything to them.
 */
export function promptOf(slug: Slug, name: ObjectName | string): string {
  return `${slug}@${name}:\${PWD}$ `;
}

/**
 * What shells read when they start: by `ENV` (sh), as the file of an interactive bash, and from the
 * image's profile (login shells). An image's own files come first, since they set prompts of theirs;
 * the owner's come last, so that they may choose another one.
 */
export function shellStartFile(slug: Slug, name: string): string {
  return `# Made by DS01. Your own settings go into ~/.bashrc and ~/.profile.
case $- in
  *i*) PS1='${promptOf(slug, name)}' ;;
esac
if [ -n "\${BASH_VERSION-}" ] && [ "\${BASH_SOURCE-}" = ${shellStartPath} ]; then
  if [ -r ~/.bashrc ]; then . ~/.bashrc; fi
fi
`;
}

/** The shell of somebody who asked for none: bash where the image has it, else sh. */
export const personalShell: readonly string[] = [
  '/bin/sh',
  '-c',
  `if command -v bash >/dev/null; then
  if [ -r ${shellStartPath} ]; then exec bash --rcfile ${shellStartPath}; fi
  exec bash
fi
exec sh`,
];
